/** `npm run verify [-- FILES…]`: runs every transcript of every lesson and says which ones are not true here. */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { parseArgs, styleText } from 'node:util'
import { formatMistake, type Lesson, LessonError, type Mistake } from './format/lesson.ts'
import type { Lang } from './format/transcript.ts'
import type { DiffLine, Verdict } from './protocol.ts'
import type { Result } from './runner.ts'
import { sandboxKind } from './sandbox.ts'
import { createWorkbench, readLesson } from './workbench.ts'

const ROOT = path.resolve(import.meta.dirname, '..')
const LESSONS = path.join(ROOT, 'docs/lessons')
/** Pages that run at once. A page waits more than it works: twice the processors keeps them busy. */
const AT_ONCE = os.availableParallelism() * 2

/** What `verify` ends with. */
const STATUS = { true: 0, false: 1, unusable: 2 } as const

export interface Run {
  page: string
  /** Undefined for a page without `lang=`. */
  lang: Lang | undefined
}

/** A page's runs: one for each language it has, each in a sandbox of its own. */
export function runsOf(page: string, lesson: Lesson): Run[] {
  return lesson.languages.length > 0
    ? lesson.languages.map(lang => ({ page, lang }))
    : [{ page, lang: undefined }]
}

/** Our own lessons, in order. */
export async function ownPages(): Promise<string[]> {
  const files = (await readdir(LESSONS)).filter(file => file.endsWith('.md')).sort()
  return files.map(file => path.join(LESSONS, file))
}

/** Runs a page in a fresh sandbox and workspace, from first to last. */
export async function verifyPage({ page, lang }: Run, report?: (result: Result) => void): Promise<Result[]> {
  const slug = path.basename(page, '.md')
  const folder = path.dirname(path.resolve(page))
  const base = await mkdtemp(path.join(os.tmpdir(), 'playground-verify-'))
  try {
    const workbench = await createWorkbench({
      page,
      scripts: folder === LESSONS ? path.join(ROOT, 'lessons', slug) : folder,
      workspace: path.join(base, slug),
    })
    try {
      return await workbench.runner.runAll(lang, report)
    } finally {
      await workbench.close()
    }
  } finally {
    await rm(base, { recursive: true, force: true })
  }
}

async function main(): Promise<number> {
  let files: string[]
  try {
    files = parseArgs({ allowPositionals: true, options: {} }).positionals
  } catch (error) {
    console.error(`verify: ${(error as Error).message.split('\n')[0]}`)
    return STATUS.unusable
  }
  const pages = files.length > 0 ? files : await ownPages()
  const read = await Promise.all(pages.map(readPage))
  if (read.some(runs => runs === undefined)) return STATUS.unusable

  const { kind, reason } = await sandboxKind()
  if (kind === 'unavailable') {
    console.error(`verify: ${reason}`)
    return STATUS.unusable
  }
  if (reason) console.error(`verify: without a sandbox, one page after another: ${reason}`)
  const all = await inParallel(
    read.flatMap(runs => runs ?? []),
    kind === 'none' ? 1 : AT_ONCE,
    async run => {
      const title = `${relative(run.page)}${run.lang ? ` (${run.lang})` : ''}`
      progress(`${title} …`)
      const started = performance.now()
      const results = await verifyPage(run)
      print(title, run.page, results, performance.now() - started)
      return results
    },
  )
  const results = all.flat()
  const count = (state: Result['state']) => results.filter(result => result.state === state).length
  const counts = [`${count('passed')} passed`, `${count('failed')} failed`, `${count('skipped')} skipped`]
  console.log(
    [...counts, `${count('unreached')} not reached`].slice(0, count('unreached') > 0 ? 4 : 3).join(', '),
  )
  return results.every(({ state }) => state === 'passed' || state === 'skipped') ? STATUS.true : STATUS.false
}

/** @returns undefined when it cannot be used; what is wrong has been printed */
async function readPage(page: string): Promise<Run[] | undefined> {
  try {
    if (!(await stat(page)).isFile()) throw Object.assign(new Error(), { code: 'EISDIR' })
    const lesson = await readLesson(page)
    const missing = await missingSnippets(lesson)
    for (const mistake of [...lesson.warnings, ...missing])
      console.error(formatMistake({ ...mistake, file: relative(mistake.file) }))
    return missing.length > 0 ? undefined : runsOf(page, lesson)
  } catch (error) {
    if (error instanceof LessonError) {
      for (const mistake of error.mistakes)
        console.error(formatMistake({ ...mistake, file: relative(mistake.file) }))
      return undefined
    }
    const { code, message } = error as NodeJS.ErrnoException
    const why =
      { ENOENT: 'there is no such file', EISDIR: 'this is not a file', EACCES: 'it may not be read' }[
        code ?? ''
      ] ?? message
    console.error(`${page}: ${why}; give the path of a Markdown page`)
    return undefined
  }
}

/** `<<<` lines that name a file or a region that is not there. */
async function missingSnippets(lesson: Lesson): Promise<Mistake[]> {
  const found = await Promise.all(
    lesson.snippets.map(async ({ line, path: written, region }) => {
      const base = written.startsWith('@/') ? path.join(ROOT, 'docs') : path.dirname(lesson.file)
      const text = await readFile(path.join(base, written.replace(/^@\//, '')), 'utf8').catch(() => undefined)
      const at = { file: lesson.file, line }
      if (text === undefined)
        return [{ ...at, what: `there is no file ${written}`, todo: 'write it, or correct the path' }]
      if (region && !new RegExp(`#region ${RegExp.escape(region)}\\s*$`, 'm').test(text))
        return [
          {
            ...at,
            what: `${written} has no region ${region}`,
            todo: `put it between \`#region ${region}\` and \`#endregion ${region}\``,
          },
        ]
      return []
    }),
  )
  return found.flat()
}

function print(title: string, page: string, results: Result[], ms: number): void {
  progress('')
  console.log(`${title}  ${(ms / 1000).toFixed(1)} s`)
  for (const { transcript, state, verdicts, reason } of results) {
    const sign = { passed: '✓', failed: '✗', skipped: '-', unreached: '·' }[state]
    const colour = ({ passed: 'green', failed: 'red', skipped: 'yellow', unreached: 'gray' } as const)[state]
    const first = transcript.commands.map(command => command.input[0] ?? '^C').join('; ') || '(output)'
    const note = reason ? `  skipped: ${reason}` : state === 'unreached' ? '  not reached' : ''
    console.log(
      `  ${styleText(colour, sign)} ${`${transcript.line}`.padStart(4)}  ${transcript.pane.padEnd(9)} ${first}${note}`,
    )
    for (const verdict of verdicts.filter(({ ok }) => !ok)) console.log(explain(page, verdict))
  }
}

/** A mismatch as text: where, why, and what was expected beside what was printed. */
export function explain(page: string, { line, message, expected = [], actual = [] }: Verdict): string {
  const rows = Array.from(
    { length: Math.max(expected.length, actual.length) },
    (_, index) => [expected[index], actual[index]] as const,
  )
  const width = Math.min(Math.max(8, ...expected.map(({ text }) => text.length)), 72)
  const cell = (side: DiffLine | undefined) => `${side && !side.ok ? '!' : ' '} ${side?.text ?? ''}`
  const table = rows.map(([left, right]) =>
    `      ${cell(left).padEnd(width + 2)} │ ${cell(right)}`.trimEnd(),
  )
  const head = table.length > 0 ? [`        ${'expected'.padEnd(width)} │   printed`] : []
  return [`    ${relative(page)}:${line}: ${message}`, ...head, ...table].join('\n')
}

/** One line on a terminal that the next one replaces; nothing elsewhere. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}

function relative(file: string): string {
  const short = path.relative(process.cwd(), file)
  return short.startsWith('..') ? file : short
}

/** Runs `work` on all items, at most `limit` at once; results in the items' order. */
async function inParallel<Item, Out>(
  items: Item[],
  limit: number,
  work: (item: Item) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = []
  let next = 0
  const worker = async () => {
    while (next < items.length) {
      const index = next++
      results[index] = await work(items[index]!)
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker))
  return results
}

if (process.argv[1] === import.meta.filename) {
  try {
    process.exitCode = await main()
  } catch (error) {
    console.error(`verify: ${(error as Error).message}`)
    process.exitCode = STATUS.unusable
  }
}
