/** `npm run verify [-- PAGES…]`: runs every transcript of every lesson and says which ones are not true here. */
import os from 'node:os'
import path from 'node:path'
import { readForeign } from '../course/foreign.ts'
import { callersFolder, ownPages, relative } from '../course/places.ts'
import { setSlowness } from '../sandbox/patience.ts'
import { readPreflight } from '../sandbox/preflight.ts'
import { closeOnSignals } from '../signals.ts'
import { foreignChecks } from './check-problems.ts'
import { demandSandbox, readGround } from './ground.ts'
import { lostScripts, type Page, readPages } from './pages.ts'
import { progress, runPages, runsIn, updatePages, whileBusy } from './passes.ts'
import { assertFreePorts } from './ports.ts'
import { countStates, type Report, unproven } from './report.ts'
import { problemText } from './report-text.ts'
import { createReporters } from './reporters.ts'
import { runsOf, stopped, stopRuns } from './runs.ts'
import { findTargets } from './targets.ts'
import { parseVerifyOptions, VERIFY_USAGE, type VerifyOptions } from './verify-options.ts'
import { watchPages } from './watch.ts'

/** Pages that run at once. A page waits far more than it works: so many keep the processors busy. */
const AT_ONCE = os.availableParallelism() * 3

/** What `verify` ends with. */
const STATUS = { true: 0, false: 1, unusable: 2 } as const

async function main(): Promise<number> {
  const options = parseVerifyOptions(process.argv.slice(2))
  if (options.help) {
    console.log(VERIFY_USAGE)
    return STATUS.true
  }
  process.chdir(callersFolder())
  if (options.slow) setSlowness(options.slow)
  const sandbox = await demandSandbox(options)
  const reporters = createReporters(options)
  const report: Report = {
    version: 1,
    ok: false,
    status: STATUS.unusable,
    kernel: os.release(),
    date: '',
    problems: [],
    updated: [],
    slow: options.slow,
    pages: [],
  }
  const note = (
    severity: 'mistake' | 'warning',
    problems: Omit<Report['problems'][number], 'severity'>[],
  ) => {
    const all = problems.map(problem => ({ ...problem, file: relative(problem.file), severity }))
    for (const problem of all) console.error(problemText(problem))
    report.problems.push(...all)
  }
  const { lessons } = options
  if (lessons !== undefined) await readForeign(path.resolve(lessons), false)
  const { targets, mistakes } = await findTargets([
    ...(lessons === undefined ? [] : [lessons]),
    ...options.pages,
  ])
  const files = targets.map(({ file }) => file)
  const foreign = await foreignChecks(files)
  if (foreign)
    console.error(
      `verify: ${relative(foreign)} runs as your own program, outside of the sandbox: trust its author`,
    )
  note('mistake', mistakes)
  const atOnce = sandbox.kind === 'none' || options.slow ? 1 : AT_ONCE
  if (options.watch && mistakes.length === 0) {
    const watched = targets.length > 0 ? targets : (await ownPages()).map(file => ({ file }))
    await watchPages(watched, { ...options, atOnce, on: reporters.page, say: reporters.say })
    return STATUS.true
  }
  if (lessons !== undefined) note('mistake', await lostScripts(lessons))
  const isAll = options.pages.length === 0 && lessons === undefined
  const none: Awaited<ReturnType<typeof readPages>> = { pages: [], mistakes: [], warnings: [] }
  const read = async () => (isAll || targets.length > 0 ? readPages(targets) : none)
  const found = await read()
  note('mistake', found.mistakes)
  note('warning', [...found.warnings, ...withoutLanguage(found.pages, options)])
  if (!report.problems.some(({ severity }) => severity === 'mistake')) {
    if (sandbox.kind === 'none') {
      await assertFreePorts(found.pages.map(({ lesson }) => lesson))
      console.error(`verify: without a sandbox, one page after another: ${sandbox.reason}`)
    }
    // Of the course as a whole: a page that was named says itself what it lacks.
    const lacks = isAll ? (await readPreflight()).filter(({ ok }) => !ok) : []
    for (const { thing, cost, mend } of lacks.filter(({ thing }) => thing !== 'sandbox'))
      console.error(`verify: ${thing} is missing: ${cost} Mend it with: ${mend}`)
    const work = async () => {
      if (options.update) report.updated = await updatePages(found.pages, atOnce)
      if (report.updated.length > 0)
        reporters.say(report.updated.map(({ file, line }) => `${file}:${line}: updated`).join('\n'))
      const pages = options.update ? (await read()).pages : found.pages
      return runPages(pages, { ...options, atOnce, on: reporters.page })
    }
    const { reports, tools } = await (options.busy ? whileBusy(work) : work())
    report.pages = reports
    if (tools.size > 0) report.ground = await readGround(sandbox.kind, tools)
    note('mistake', unproven(report.pages))
    const { failed, unreached } = countStates(report.pages)
    const isProven = reports.length > 0 && failed + unreached === 0
    report.ok = isProven && !report.problems.some(({ severity }) => severity === 'mistake')
    report.status = report.ok ? STATUS.true : STATUS.false
  }
  report.date = new Date().toISOString()
  await reporters.end(report)
  return report.status
}

function withoutLanguage(pages: Page[], { lang }: VerifyOptions): Report['problems'] {
  const without = pages.filter(({ file, lesson }) => runsIn(runsOf(file, lesson), lang).length === 0)
  return without.map(({ file, lesson }) => ({
    severity: 'warning',
    file,
    what: `this page has nothing in ${lang}, so nothing of it runs`,
    todo: `leave out --lang, or give ${lesson.languages.join(' or ')}`,
  }))
}

if (process.argv[1] === import.meta.filename) {
  // A reader that goes away (`npm run verify | head`) takes the text with it, not the verdict.
  process.stdout.on('error', () => {})
  process.stderr.on('error', () => {})
  closeOnSignals(async status => {
    process.exitCode = status
    progress('')
    stopRuns()
  })
  try {
    const status = await main()
    if (!stopped.aborted) process.exitCode = status
  } catch (error) {
    if (!stopped.aborted) {
      console.error(`verify: ${(error as Error).message}`)
      process.exitCode = STATUS.unusable
    }
  }
}
