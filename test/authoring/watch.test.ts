import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { needsProgram, needsSandbox } from '../harness/needs.ts'
import { expectOneLine, type Run, useHome } from '../harness/running.ts'

const root = join(import.meta.dirname, '../..')
const home = useHome()

const WAITING = 'watch: waiting for what is saved next\n'

const fence = (body: string, words = '') => `\`\`\`console ${words}\n${body}\n\`\`\`\n\n`
const PAGE =
  fence('$ node server.ts\nhello', 'pane=a') + // line 1
  fence('$ echo $$ > number; sleep 600', 'pane=b running') + // line 6
  fence('$ kill -0 "$(cat number)"', 'pane=a') + // line 10
  fence('^C\n[130]', 'pane=b') // line 14

/** @returns what each turn has said, the first one done */
async function watching(
  text: string,
  ...args: string[]
): Promise<{ run: Run; save(change: () => void): Promise<string> }> {
  const folder = join(home.folder, 'mine')
  mkdirSync(folder)
  writeFileSync(join(folder, 'server.ts'), "console.log('hello')\n")
  writeFileSync(join(folder, 'page.md'), text)
  const run = home.run(root, './authoring/verify.ts', '--watch', 'mine/page.md', ...args)
  let said = 0
  const turn = async () => {
    await expect.poll(() => run.text().slice(said)).toContain(WAITING)
    const now = run.text().slice(said)
    said += now.length
    return now
  }
  await turn()
  return {
    run,
    save(change) {
      change()
      return turn()
    },
  }
}

const page = () => join(home.folder, 'mine/page.md')
const edit = (from: string, to: string) =>
  writeFileSync(page(), readFileSync(page(), 'utf8').replace(from, to))
/** Lines of the transcripts and checks that a turn tells of. */
const told = (turn: string) => [...turn.matchAll(/^ {2}[✓✗·-] +(\d+) /gm)].map(([, line]) => Number(line))

test('on saving, what it concerns runs again, in the state that what is above leaves', async context => {
  await needsSandbox(context)
  const { run, save } = await watching(PAGE)
  expect(told(run.text())).toEqual([1, 6, 10, 14])

  expect(told(await save(() => edit('kill -0', 'kill -s 0')))).toEqual([10])
  // Of a line that moves nothing runs but what has changed.
  expect(told(await save(() => edit('$ kill', '$ true\n$ kill')))).toEqual([10])
  expect(await save(() => writeFileSync(page(), `# Page\n\n${readFileSync(page(), 'utf8')}`))).toContain(
    'mine/page.md: nothing has changed of what runs\n',
  )
  const wrong = await save(() => edit('hello', 'goodbye'))
  expect(wrong).toMatch(/^ +mine\/page\.md:5: expected `goodbye`, got `hello`$/m)
  // What is below has not been reached, so nothing is known of it.
  expect(
    told(await save(() => writeFileSync(join(home.folder, 'mine/server.ts'), "console.log('goodbye')\n"))),
  ).toEqual([3, 8, 12, 17])
  expect(await save(() => edit('pane=b running', 'pain=b running'))).toMatch(
    /^mine\/page\.md:8: .*pain.*; .+$/m,
  )
  expect(told(await save(() => edit('pain=b', 'pane=b')))).toEqual([])

  run.child.kill('SIGINT')
  expect(await run.ended).toBe(130)
})

test('what a program does at the end of the page is judged again where it was wrong', async context => {
  await needsSandbox(context)
  const text =
    fence("$ sh -c 'rm -f go; echo ready; until [ -e go ]; do :; done; exit 3'\nready", 'pane=a running') +
    fence('$ touch go; while pgrep -f "[r]m -f go" > /dev/null; do :; done', 'pane=b')
  const { run, save } = await watching(text)
  expect(run.text()).toContain('has ended with 3; no fence shows it')
  const again = await save(() => edit('exit 3', 'exit 4'))
  expect(again).toContain('has ended with 4; no fence shows it')
  run.child.kill('SIGTERM')
  expect(await run.ended).toBe(143)
})

test('only the checks where only they have changed, and only the language', async context => {
  await needsSandbox(context)
  needsProgram(context, 'python3')
  const checks = (ok: string) =>
    `export const done = ({ processes }) => processes.some(({ title }) => title === 'sleep') ? ${ok} : 'no'\n`
  mkdirSync(join(home.folder, 'mine/docs/lessons'), { recursive: true })
  mkdirSync(join(home.folder, 'mine/lessons/01-a'), { recursive: true })
  const file = join(home.folder, 'mine/docs/lessons/01-a.md')
  const head = '---\ntitle: A\ndescription: A.\n---\n\n'
  const text =
    head +
    fence('$ node -p 1\n1', 'lang=ts pane=a') +
    fence('$ python3 -c "print(1)"\n1', 'lang=py pane=a') +
    fence('$ sleep 600', 'pane=b running') +
    '::: check done\nIt is.\n:::\n'
  writeFileSync(file, text)
  writeFileSync(join(home.folder, 'mine/lessons/01-a/checks.ts'), checks('true'))
  const run = home.run(root, './authoring/verify.ts', '--watch', 'mine/docs/lessons')
  await run.printed(/watch: waiting/)
  const before = run.text().length
  writeFileSync(join(home.folder, 'mine/lessons/01-a/checks.ts'), checks("'not yet'"))
  await expect.poll(() => run.text().slice(before)).toContain(WAITING)
  expect(told(run.text().slice(before))).toEqual([20, 20])
  expect(run.text()).toMatch(/01-a\.md:20: the check done is not met here: not yet/)
  const then = run.text().length
  writeFileSync(join(home.folder, 'mine/lessons/01-a/checks.ts'), checks('true'))
  await expect.poll(() => run.text().slice(then)).toContain(WAITING)
  const last = run.text().length
  writeFileSync(file, text.replace('print(1)', 'print( 1)'))
  await expect.poll(() => run.text().slice(last)).toContain(WAITING)
  expect(run.text().slice(last)).toMatch(/01-a\.md \(py\)/)
  expect(run.text().slice(last)).not.toMatch(/01-a\.md \(ts\)/)
  run.child.kill('SIGINT')
  expect(await run.ended).toBe(130)
})

test.each([['--update'], ['--busy'], ['--repeat', '2'], ['--reporter', 'json']])(
  'not with %s',
  async (...args) => {
    await expectOneLine(
      home.run(root, './authoring/verify.ts', '--watch', ...args),
      new RegExp(`^verify: --watch shows on the terminal what has changed: leave out ${args[0]}; `),
    )
  },
)
