/** `verify --update`: runs a page and writes what its commands print into it. */
import { randomUUID } from 'node:crypto'
import { readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type Lesson, LessonError, parseLesson } from '../format/lesson.ts'
import { boundBy, COMMAND_NAME } from '../format/placeholder.ts'
import { expectationsOf, type Transcript } from '../format/transcript.ts'
import type { LessonWorkbench } from '../workbench/lesson-workbench.ts'
import { withoutEnd } from './merge-line.ts'
import { type Amendment, keyOfAmendment, rehearse } from './rehearsal.ts'

export interface UpdateOptions {
  /** The page; it holds no mistake. */
  file: string
  /** Runs `work` in a fresh workbench of this page, as the file stands now. */
  withWorkbench<Out>(work: (workbench: LessonWorkbench) => Promise<Out>): Promise<Out>
}

/**
 * Rewrites the expectations that are not true, in every language of the page; the rest of the file stays as it is,
 * byte for byte. What no expectation can mend (a command that does not end, a program that should go on and does
 * not) is left for `verify` to report; what comes after it is left as it is.
 *
 * @returns lines of the file as it is now, of the commands whose output was rewritten
 * @throws Error with one line, the file untouched, where the output cannot be written into its fence
 */
export async function updatePage({ file, withWorkbench }: UpdateOptions): Promise<number[]> {
  const before = await readFile(file, 'utf8')
  let lesson = parseLesson(before, file)
  let text = before
  const changed = new Set<string>()
  for (const lang of lesson.languages.length > 0 ? lesson.languages : [undefined]) {
    // The second time tells which of the numbers just written are others in each run.
    for (let pass = 0, last = new Set<string>(); pass === 0 || (pass === 1 && last.size > 0); pass++) {
      const amendments = await withWorkbench(({ runner: { performer } }) =>
        rehearse({ lesson, lang, performer, varying: last }),
      )
      text = writeAmendments(text, lesson, amendments)
      lesson = checked(text, lesson, amendments)
      last = new Set(amendments.map(keyOfAmendment))
      for (const key of last) changed.add(key)
    }
  }
  if (text === before) return []
  await replaceFile(file, before, text)
  return [...changed].map(key => {
    const [transcript, command] = key.split(' ').map(Number) as [number, number]
    const { line, commands } = lesson.transcripts[transcript]!
    return commands[command]?.line ?? line
  })
}

/** The page's text with these expectations in place of the old ones. */
export function writeAmendments(text: string, lesson: Lesson, amendments: Amendment[]): string {
  const lines = text.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? []
  const places = amendments.map(amendment => ({
    ...amendment,
    ...placeOf(lines, lesson.transcripts[amendment.transcript]!, amendment.command),
  }))
  for (const { from, to, indent, newline, sources, status } of places.toSorted((a, b) => b.from - a.from)) {
    const body = status === undefined ? sources : [...sources, `[${status}]`]
    const written = body.map(source => `${withoutEnd(indent + source)}${newline}`)
    lines.splice(from, to - from, ...written)
  }
  return lines.join('')
}

/** Where an expectation stands, as indexes of lines; blank lines at its end stay. */
function placeOf(lines: string[], transcript: Transcript, command: number) {
  const fence = lines[transcript.line - 1]!
  const [, before = '', mark = ''] = /^(.*?)(`{3,}|~{3,})/.exec(fence) ?? []
  // A fence that opens a list item is behind its marker; what follows is as far in, behind blanks.
  const indent = before.replace('\ufeff', '').replace(/[^\s>]/g, ' ')
  const bare = (line: string) =>
    line.replace(/[\r\n]+$/, '').slice(line.startsWith(indent) ? indent.length : 0)
  const isEnd = (line: string) => {
    const end = /^\s*(`{3,}|~{3,})[ \t]*$/.exec(bare(line))?.[1]
    return end !== undefined && end[0] === mark[0] && end.length >= mark.length
  }
  const { commands } = transcript
  const own = commands[command]
  const next = commands[command + 1]
  const from = own ? own.line - 1 + Math.max(1, own.input.length) : transcript.line
  let to = next ? next.line - 1 : from
  if (!next) while (to < lines.length && !isEnd(lines[to]!)) to++
  while (to > from && bare(lines[to - 1]!).trim() === '') to--
  return { from, to, indent, newline: /\r\n|\r|\n/.exec(fence)?.[0] ?? '\n' }
}

/** @throws Error unless the text is read as what was to be written, and nothing else has changed */
function checked(text: string, before: Lesson, amendments: Amendment[]): Lesson {
  const { file } = before
  const left = (line: number, why: string) => new Error(`${file}:${line}: left as it is, because ${why}`)
  let after: Lesson | undefined
  let mistake = ''
  try {
    after = parseLesson(text, file)
  } catch (error) {
    if (!(error instanceof LessonError)) throw error
    const [{ what, todo }] = error.mistakes as [LessonError['mistakes'][number]]
    mistake = `${what}; ${todo}`
  }
  for (const [index, { line }] of before.transcripts.entries()) {
    const mine = amendments.filter(({ transcript }) => transcript === index)
    const isEnd = mine.some(({ sources }) => sources.some(source => /^\s*(?:```|~~~|:::)/.test(source)))
    const same = after && contentOf(before, index, mine) === contentOf(after, index, [])
    if (isEnd && !same)
      throw left(
        line,
        'the output holds a line that ends the fence; give the fence more backticks, a container more colons',
      )
  }
  if (!after) {
    const { transcript } = amendments[0]!
    throw left(before.transcripts[transcript]!.line, `the update would make a mistake: ${mistake}`)
  }
  const [names, kept] = [boundNames(before), boundNames(after)]
  for (const { line, input } of before.transcripts.flatMap(({ commands }) => commands)) {
    const lost = [...input.join('\n').matchAll(COMMAND_NAME)].find(
      ([, name = '']) => names.has(name) && !kept.has(name),
    )
    if (lost)
      throw left(line, `it needs ${lost[0]}, which nothing prints any more; bind it anew, or take it away`)
  }
  return after
}

function boundNames({ transcripts }: Lesson): Set<string> {
  return boundBy(transcripts.flatMap(expectationsOf).flatMap(({ patterns }) => patterns))
}

function contentOf({ transcripts }: Lesson, index: number, amendments: Amendment[]): string {
  const transcript = transcripts[index]
  if (!transcript) return ''
  const steps = [
    { command: -1, input: [], expectation: transcript.continued },
    ...transcript.commands.map(({ input, expectation }, command) => ({ command, input, expectation })),
  ]
  const content = steps.map(({ command, input, expectation }) => {
    const amended = amendments.find(each => each.command === command)
    const sources = amended?.sources ?? expectation?.patterns.map(({ source }) => source) ?? []
    return [input, sources, amended ? amended.status : expectation?.status]
  })
  return JSON.stringify(content)
}

/** In one step: whoever reads the file meanwhile sees the old text or the new one, never half of it. */
async function replaceFile(file: string, before: string, text: string): Promise<void> {
  const target = await realpath(file)
  const draft = path.join(path.dirname(target), `.${path.basename(target)}.${randomUUID()}`)
  try {
    const { mode } = await stat(target)
    await writeFile(draft, text, { mode, flag: 'wx' })
    if ((await readFile(target, 'utf8')) !== before)
      throw new Error('it has changed meanwhile; save it and run again')
    await rename(draft, target)
  } catch (error) {
    await rm(draft, { force: true })
    const { code, message } = error as NodeJS.ErrnoException
    const why =
      code === 'EACCES' || code === 'EROFS' || code === 'EPERM' ? 'it may not be written here' : message
    throw new Error(`${file}: left as it is: ${why}`)
  }
}
