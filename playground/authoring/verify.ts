/** `npm run verify [-- FILES…]`: runs every transcript of every lesson and says which ones are not true here. */
import { mkdtemp, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { Lesson } from '../format/lesson.ts'
import type { Lang } from '../format/transcript.ts'
import type { PageResult, Result } from '../runner/runner.ts'
import { removeFolder } from '../sandbox/folder.ts'
import { readPreflight } from '../sandbox/preflight.ts'
import { sandboxKind } from '../sandbox/sandbox.ts'
import { StartError } from '../start-error.ts'
import type { CheckResult } from '../workbench/check-trial.ts'
import { relative, scriptsOf } from '../workbench/course.ts'
import { createWorkbench, type Workbench } from '../workbench/workbench.ts'
import { foreignChecks } from './check-problems.ts'
import { type Alone, inTurns } from './lanes.ts'
import { type Page, readPages } from './pages.ts'
import { assertFreePorts } from './ports.ts'
import {
  countsText,
  githubText,
  jsonText,
  junitText,
  type PageReport,
  pageText,
  problemText,
  type Report,
  reportOf,
  reportOfCheck,
  rowsOf,
  titleOf,
  unproven,
} from './reporters.ts'
import { updatePage } from './update.ts'
import { parseVerifyOptions, VERIFY_USAGE, type VerifyOptions } from './verify-options.ts'

export { explain } from './reporters.ts'

/** Pages that run at once. A page waits far more than it works: so many keep the processors busy. */
const AT_ONCE = os.availableParallelism() * 3
/** A second signal that comes so soon is the first one again: npm passes Ctrl-C on to who got it from the tty. */
const ECHO_MS = 500
/** What is open gets this long to end after a signal. */
const CLOSE_TIMEOUT_MS = 10_000

/** What `verify` ends with. */
const STATUS = { true: 0, false: 1, unusable: 2 } as const
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

export interface Run {
  page: string
  /** Undefined for a page without `lang=`. */
  lang: Lang | undefined
}

/** What runs at the moment, so that a signal can end it. */
const open = new Set<Workbench>()
const stop = new AbortController()

/** A page's runs: one for each language it has, each in a sandbox of its own. */
export function runsOf(page: string, lesson: Lesson): Run[] {
  return lesson.languages.length > 0
    ? lesson.languages.map(lang => ({ page, lang }))
    : [{ page, lang: undefined }]
}

/** Runs a page in a fresh sandbox and workspace, from first to last. */
export function verifyPage(
  { page, lang }: Run,
  report?: (result: Result | CheckResult) => void,
  alone?: Alone,
): Promise<PageResult> {
  return withWorkbench(page, workbench => workbench.runner.runAll(lang, report, alone))
}

async function withWorkbench<Out>(page: string, work: (workbench: Workbench) => Promise<Out>): Promise<Out> {
  const base = await mkdtemp(path.join(os.tmpdir(), 'playground-verify-'))
  try {
    if (stop.signal.aborted) throw new Error('stopped')
    const workspace = path.join(base, path.basename(page, '.md'))
    const workbench = await createWorkbench({ page, scripts: scriptsOf(page), workspace })
    open.add(workbench)
    try {
      const out = await work(workbench)
      // What programs did while they were being ended says nothing about the page.
      if (stop.signal.aborted) throw new Error('stopped')
      return out
    } finally {
      await workbench.close()
      open.delete(workbench)
    }
  } finally {
    await removeFolder(base)
  }
}

async function main(): Promise<number> {
  const options = parseVerifyOptions(process.argv.slice(2))
  if (options.help) {
    console.log(VERIFY_USAGE)
    return STATUS.true
  }
  const say = sayerFor(options)
  const foreign = await foreignChecks(options.files)
  if (foreign)
    console.error(
      `verify: ${relative(foreign)} runs as your own program, outside of the sandbox: trust its author`,
    )
  const { pages, mistakes, warnings } = await readPages(options.files)
  const problems: Report['problems'] = [
    ...mistakes.map(mistake => ({ ...mistake, file: relative(mistake.file), severity: 'mistake' as const })),
    ...warnings.map(warning => ({ ...warning, file: relative(warning.file), severity: 'warning' as const })),
  ]
  for (const problem of problems) console.error(problemText(problem))
  const report: Report = {
    version: 1,
    ok: false,
    status: STATUS.unusable,
    kernel: os.release(),
    date: '',
    problems,
    updated: [],
    pages: [],
  }
  if (mistakes.length === 0) {
    const { kind, reason } = await sandboxKind()
    if (kind === 'unavailable') throw new StartError(reason ?? 'there is no Linux kernel here')
    if (kind === 'none') {
      await assertFreePorts(pages.map(({ lesson }) => lesson))
      console.error(`verify: without a sandbox, one page after another: ${reason}`)
    }
    // Of the course as a whole: a page that was named says itself what it lacks.
    const lacks = options.files.length === 0 ? (await readPreflight()).filter(({ ok }) => !ok) : []
    for (const { thing, cost, mend } of lacks.filter(({ thing }) => thing !== 'sandbox'))
      console.error(`verify: ${thing} is missing: ${cost} Mend it with: ${mend}`)
    const atOnce = kind === 'none' ? 1 : AT_ONCE
    if (options.update) report.updated = await updatePages(pages, atOnce, say)
    report.pages = await runPages(
      options.update ? (await readPages(options.files)).pages : pages,
      { atOnce, strict: options.strict },
      say,
    )
    const nothing = unproven(report.pages)
    for (const problem of nothing) console.error(problemText(problem))
    problems.push(...nothing)
    const states = report.pages.flatMap(rowsOf).map(({ state }) => state)
    report.ok = nothing.length === 0 && !states.includes('failed') && !states.includes('unreached')
    report.status = report.ok ? STATUS.true : STATUS.false
  }
  report.date = new Date().toISOString()
  await write(report, options, say)
  return report.status
}

/** Where text for people goes: nowhere when standard output is the report's. */
type Sayer = (text: string, page?: PageReport) => void

function sayerFor({ reporter, output }: VerifyOptions): Sayer {
  if (reporter === 'default' || output !== undefined) return text => console.log(text)
  if (reporter !== 'github') return () => {}
  // What programs print must not be taken for workflow commands.
  const word = crypto.randomUUID()
  return (text, page) => {
    console.log(`::stop-commands::${word}\n${text}\n::${word}::`)
    const found = page && githubText({ problems: [], pages: [page] })
    if (found) console.log(found)
  }
}

async function updatePages(pages: Page[], atOnce: number, say: Sayer): Promise<Report['updated']> {
  const updated = await inTurns(pages, { limit: atOnce, signal: stop.signal }, async (page, alone) => {
    const { file, lesson } = page
    if (lesson.transcripts.some(transcript => transcript.alone)) await alone()
    progress(`${relative(file)}: looking …`)
    try {
      return await updatePage({ file, withWorkbench: work => withWorkbench(file, work) })
    } catch (error) {
      if (stop.signal.aborted) throw error
      progress('')
      // The run that follows says what is not true.
      console.error((error as Error).message)
      return []
    }
  })
  progress('')
  const changes = pages.flatMap(({ file }, index) =>
    updated[index]!.map(line => ({ file: relative(file), line })),
  )
  if (changes.length > 0) say(changes.map(({ file, line }) => `${file}:${line}: updated`).join('\n'))
  return changes
}

async function runPages(
  pages: Page[],
  { atOnce, strict }: { atOnce: number; strict: boolean },
  say: Sayer,
): Promise<PageReport[]> {
  // Those that may take longest begin first: the last one to begin would be alone at the end.
  const patience = ({ lesson }: Page) => lesson.transcripts.reduce((sum, { timeout }) => sum + timeout, 0)
  const longest = pages.toSorted((a, b) => patience(b) - patience(a))
  const runs = longest.flatMap(({ file, lesson }) => runsOf(file, lesson))
  let done = 0
  const reports = await inTurns(runs, { limit: atOnce, signal: stop.signal }, async (run, alone) => {
    const file = relative(run.page)
    const lang = run.lang ?? null
    progress(`${done} of ${runs.length} done; ${titleOf({ file, lang })} …`)
    let began = performance.now()
    let last = began
    const times = new Map<Result | CheckResult, number>()
    const report = (result: Result | CheckResult) => {
      // A transcript is told of again when its program turns out at the end to have done more.
      if (!times.has(result)) times.set(result, (performance.now() - last) / 1000)
      last = performance.now()
    }
    const { transcripts, checks } = await verifyPage(run, report, async () => {
      const before = performance.now()
      await alone()
      // Nobody worked on this page meanwhile.
      const waited = performance.now() - before
      began += waited
      last += waited
    }).catch(error => {
      throw new Error(`${titleOf({ file, lang })}: ${error.message}`)
    })
    const page: PageReport = {
      file,
      lang,
      seconds: Math.round(performance.now() - began) / 1000,
      transcripts: transcripts.map(result => reportOf(result, times.get(result) ?? 0, strict)),
      checks: checks.map(result => reportOfCheck(result, times.get(result) ?? 0, strict)),
    }
    done++
    progress('')
    say(pageText(page), page)
    return page
  })
  return pages.flatMap(({ file }) => reports.filter(report => report.file === relative(file)))
}

async function write(report: Report, { reporter, output }: VerifyOptions, say: Sayer): Promise<void> {
  if (report.status !== STATUS.unusable) say(countsText(report.pages))
  if (reporter === 'github') {
    const found = githubText({ problems: report.problems, pages: [] })
    if (found) console.log(found)
  }
  if (reporter !== 'junit' && reporter !== 'json') return
  const text = reporter === 'junit' ? junitText(report) : jsonText(report)
  if (output === undefined) process.stdout.write(text)
  else
    await writeFile(output, text).catch(error => {
      throw new StartError(`the report cannot be written to ${output} (${error.code}); give another --output`)
    })
}

/** One line on a terminal that the next one replaces; nothing elsewhere. */
function progress(text: string): void {
  const { isTTY, columns = 80 } = process.stderr
  if (isTTY) process.stderr.write(`\r\x1b[K${text.slice(0, columns - 1)}`)
}

/** The first signal ends what is open, in order; the next one ends at once. */
function endOnSignals(): void {
  let since: number | undefined
  for (const [signal, status] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (since !== undefined && performance.now() - since > ECHO_MS) process.exit(status)
      if (since !== undefined) return
      since = performance.now()
      stop.abort()
      process.exitCode = status
      progress('')
      setTimeout(() => process.exit(status), CLOSE_TIMEOUT_MS).unref()
      for (const workbench of open) void workbench.close()
    })
  }
}

if (process.argv[1] === import.meta.filename) {
  // A reader that goes away (`npm run verify | head`) takes the text with it, not the verdict.
  process.stdout.on('error', () => {})
  process.stderr.on('error', () => {})
  endOnSignals()
  try {
    const status = await main()
    if (!stop.signal.aborted) process.exitCode = status
  } catch (error) {
    if (!stop.signal.aborted) {
      console.error(`verify: ${(error as Error).message}`)
      process.exitCode = STATUS.unusable
    }
  }
}
