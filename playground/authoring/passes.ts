/** What `verify` does with all pages: runs them, or has what they print written into them. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { relative } from '../course/places.ts'
import type { Lang } from '../format/transcript.ts'
import { lessonOfWay } from '../format/way.ts'
import { inTurns } from '../runner/lanes.ts'
import type { CheckResult, Result } from '../runner/results.ts'
import { toolsOf } from './ground.ts'
import type { Page } from './pages.ts'
import { type PageReport, printedOf, type Report, reportOf, reportOfCheck, titleOf } from './report.ts'
import { type Run, runsOf, stopped, verifyPage, withWorkbench } from './runs.ts'
import { updatePage } from './update.ts'
import type { VerifyOptions } from './verify-options.ts'

export interface RunPagesOptions extends Pick<VerifyOptions, 'strict' | 'lang' | 'repeat' | 'show'> {
  /** Pages that run at once. */
  atOnce: number
  /** Told of each run as soon as it has ended. */
  on(page: PageReport): void
}

/** @returns the runs in the order of the pages, and which programs those that are true have used */
export async function runPages(
  pages: Page[],
  { atOnce, strict, lang: only, repeat, show, on }: RunPagesOptions,
): Promise<{ reports: PageReport[]; tools: Set<string> }> {
  const tools = new Set<string>()
  const runs = longestFirst(pages).flatMap(({ file, lesson, until }) => {
    const all = runsIn(runsOf(file, lesson), only).filter(run => isReached(run, lesson, until))
    return Array.from({ length: repeat }, (_, index) =>
      all.map(run => ({ ...run, until, turn: repeat > 1 ? index + 1 : undefined })),
    ).flat()
  })
  let done = 0
  const reports = await inTurns(runs, { limit: atOnce, signal: stopped }, async (run, alone) => {
    const { lang = null, way, turn } = run
    const head = { file: relative(run.page), lang, ...(way && { way }), turn }
    progress(`${done} of ${runs.length} done; ${titleOf(head)} …`)
    const page = await report(run, head, alone)
    done++
    progress('')
    on(page)
    return page
  })
  const inOrder = pages.flatMap(({ file }) => reports.filter(report => report.file === relative(file)))
  return { reports: inOrder, tools }

  async function report(
    run: Run,
    head: Pick<PageReport, 'file' | 'lang' | 'way' | 'turn'>,
    alone: () => Promise<void>,
  ): Promise<PageReport> {
    let began = performance.now()
    let last = began
    const times = new Map<Result | CheckResult, number>()
    const machines = new Map<Result | CheckResult, PageReport['machine']>()
    const { transcripts, checks } = await verifyPage(
      run,
      async (result, look) => {
        // A transcript is told of again when its program turns out at the end to have done more.
        if (!times.has(result)) times.set(result, (performance.now() - last) / 1000)
        if (show && result.state !== 'unreached') machines.set(result, await look())
        last = performance.now()
      },
      async () => {
        const before = performance.now()
        await alone()
        // Nobody worked on this page meanwhile.
        const waited = performance.now() - before
        began += waited
        last += waited
      },
    ).catch(error => {
      throw new Error(`${titleOf(head)}: ${error.message}`)
    })
    for (const { transcript, state } of transcripts)
      if (state === 'passed') for (const tool of toolsOf(transcript)) tools.add(tool)
    return {
      ...head,
      date: new Date().toISOString(),
      seconds: Math.round(performance.now() - began) / 1000,
      machine: [...machines.values()].at(-1),
      transcripts: transcripts.map(result => ({
        ...reportOf(result, times.get(result) ?? 0, strict),
        ...(show && { printed: printedOf(result) }),
      })),
      checks: checks.map(result => ({
        ...reportOfCheck(result, times.get(result) ?? 0, strict),
        ...(show && { machine: machines.get(result) }),
      })),
    }
  }
}

/** @returns what was rewritten */
export async function updatePages(pages: Page[], atOnce: number): Promise<Report['updated']> {
  const updated = await inTurns(pages, { limit: atOnce, signal: stopped }, async (page, alone) => {
    const { file, lesson } = page
    if (lesson.transcripts.some(transcript => transcript.alone)) await alone()
    progress(`${relative(file)}: looking …`)
    try {
      return await updatePage({ file, withWorkbench: work => withWorkbench(file, work) })
    } catch (error) {
      if (stopped.aborted) throw error
      progress('')
      // The run that follows says what is not true.
      console.error((error as Error).message)
      return []
    }
  })
  progress('')
  return pages.flatMap(({ file }, index) => updated[index]!.map(line => ({ file: relative(file), line })))
}

/** Keeps every processor busy until `work` is done: threads, which end with this process however it ends. */
export async function whileBusy<Out>(work: () => Promise<Out>): Promise<Out> {
  const workers = Array.from(
    { length: availableParallelism() },
    () => new Worker('for (;;);', { eval: true, env: {}, stdin: false }),
  )
  try {
    return await work()
  } finally {
    await Promise.all(workers.map(worker => worker.terminate()))
  }
}

/** Those that may take longest begin first: the last one to begin would be alone at the end. */
function longestFirst(pages: Page[]): Page[] {
  const patience = ({ lesson }: Page) => lesson.transcripts.reduce((sum, { timeout }) => sum + timeout, 0)
  return pages.toSorted((a, b) => patience(b) - patience(a))
}

/** Of a page that has languages, only the one that is asked for. */
export function runsIn(runs: Run[], only: Lang | undefined): Run[] {
  return runs.filter(({ lang }) => !only || !lang || lang === only)
}

/** Whether readers of the run's language have the transcript or check that it goes up to. */
function isReached({ lang, way }: Run, page: Page['lesson'], until?: number): boolean {
  if (until === undefined) return true
  const { transcripts, checks } = way ? lessonOfWay(page, way) : page
  const at = [...transcripts, ...checks]
    .filter(({ line }) => line <= until)
    .sort((a, b) => b.line - a.line)[0]
  return at ? !at.lang || at.lang === lang : !way
}

/** One line on a terminal that the next one replaces; nothing elsewhere. */
export function progress(text: string): void {
  const { isTTY, columns = 80 } = process.stderr
  if (isTTY) process.stderr.write(`\r\x1b[K${text.slice(0, columns - 1)}`)
}
