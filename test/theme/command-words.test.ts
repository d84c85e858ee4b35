import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { commandTokens, fillNames } from '../../.vitepress/theme/lesson/command-tokens.ts'
import { commandWords } from '../../.vitepress/theme/ui/command-words.ts'
import { parseLesson } from '../../playground/format/lesson.ts'
import { COMMAND_NAME } from '../../playground/format/placeholder.ts'
import { allTranscripts } from '../../playground/format/way.ts'

/** A page with these transcripts, each in a pane of its own. */
function transcriptsOf(...bodies: string[]) {
  const fences = bodies.map((body, index) => `\`\`\`console pane=p${index}${body}\n\`\`\`\n`)
  const { transcripts } = parseLesson(['# A page', ...fences].join('\n\n'), 'page.md')
  return transcripts
}

/** The commands of the last transcript as they are seen before any run. */
function seenIn(...bodies: string[]): string[] {
  const all = transcriptsOf(...bodies)
  const last = all.at(-1)!
  const words = commandWords(last, all)
  return last.commands.map(({ input }) => fillNames(input, name => words[name]))
}

const started = ' running\n$ node own.ts\nparent <p:pid> starts\nworker <a:pid> is listening on <port-a:port>'

test('before a run a command shows plain words for what it does not know yet', () => {
  expect(seenIn(started, '\n$ kill -9 <a>; kill -HUP <p>')).toEqual([
    'kill -9 pid of worker a; kill -HUP pid of parent p',
  ])
  expect(
    seenIn('\n$ ss -ltnpH\nusers:(("worker",pid=<b:pid>,fd=<fd-b:int>))', '\n$ ls /proc/<b>/fd/<fd-b>'),
  ).toEqual(['ls /proc/pid b/fd/fd b'])
  expect(seenIn('\n$ pgrep x\n<hung:pid>\n<n:1..9>', '\n$ kill <hung>; echo <n>')).toEqual([
    'kill pid of hung; echo number n',
  ])
  expect(seenIn(started, '\n$ node client.ts --port <port-a>')).toEqual(['node client.ts --port port a'])
})

test('what nothing above binds is a redirection, and stays', () => {
  expect(seenIn('\n$ cat <a>b', started)).toEqual(['node own.ts'])
  const all = transcriptsOf('\n$ cat <a>b', started)
  expect(commandWords(all[0]!, all)).toEqual({})
})

test('the latest one above gives the words', () => {
  const again = '\n$ pgrep y\nchild <a:pid>'
  expect(seenIn(started, again, '\n$ kill <a>')).toEqual(['kill pid of child a'])
})

test('no command of a lesson shows a letter in brackets that a run will fill', async () => {
  let filled = 0
  for (const file of await readdir('docs/lessons')) {
    const lesson = parseLesson(await readFile(`docs/lessons/${file}`, 'utf8'), file)
    const all = allTranscripts(lesson)
    for (const transcript of all) {
      const words = commandWords(transcript, all)
      for (const { input } of transcript.commands) {
        const seen = commandTokens(input, new Set(Object.keys(words)))
        filled += seen.flat().filter(({ kind }) => kind === 'name').length
        expect(fillNames(input, name => words[name]).match(COMMAND_NAME), `${file}: ${input[0]}`).toBe(null)
      }
    }
  }
  expect(filled).toBeGreaterThan(50)
})
