/** Runs of a page, each in a fresh sandbox and workspace. */
import { mkdtemp } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { scriptsOf } from '../course/places.ts'
import type { Lesson } from '../format/lesson.ts'
import type { Lang } from '../format/transcript.ts'
import { type Way, waysOf } from '../format/way.ts'
import type { Machine } from '../protocol.ts'
import type { Alone } from '../runner/lanes.ts'
import type { CheckResult, PageResult, Result } from '../runner/results.ts'
import { removeFolder } from '../sandbox/folder.ts'
import { createLessonWorkbench, type LessonWorkbench } from '../workbench/lesson-workbench.ts'

/** The machine as a page's programs have left it. */
export type Look = () => Promise<Machine>

export interface Run {
  page: string
  /** Undefined for a page without `lang=`. */
  lang: Lang | undefined
  /** Line of the last transcript or check that is run; undefined: all of it. */
  until?: number
  /** Undefined: the page itself, without its challenges. */
  way?: Way
}

/** What runs at the moment. */
const open = new Set<LessonWorkbench>()
const stop = new AbortController()

/** Aborted when all runs have been stopped. */
export const stopped = stop.signal

/** One for each language that the page has, and for each solution of its challenges. */
export function runsOf(page: string, lesson: Lesson): Run[] {
  const languages = lesson.languages.length > 0 ? lesson.languages : [undefined]
  return languages.flatMap(lang => [
    { page, lang },
    ...waysOf(lesson, lang).map(way => ({ page, lang, way })),
  ])
}

/** From first to last. @param report told of each result as soon as it is known, with a look at the machine as it is then */
export function verifyPage(
  { page, lang, until, way }: Run,
  report: (result: Result | CheckResult, look: Look) => unknown = () => {},
  alone?: Alone,
): Promise<PageResult> {
  return withWorkbench(
    page,
    ({ runner, machine }) =>
      runner.runAll(lang, { report: result => report(result, machine.read), alone, until }),
    way,
  )
}

/** @throws Error when the runs were stopped meanwhile */
export async function withWorkbench<Out>(
  page: string,
  work: (workbench: LessonWorkbench) => Promise<Out>,
  way?: Way,
): Promise<Out> {
  const base = await mkdtemp(path.join(os.tmpdir(), 'playground-verify-'))
  try {
    if (stopped.aborted) throw new Error('stopped')
    const workspace = path.join(base, path.basename(page, '.md'))
    const workbench = await createLessonWorkbench({ page, scripts: scriptsOf(page), workspace, way })
    open.add(workbench)
    try {
      const out = await work(workbench).catch(error => {
        throw interrupted(workbench) ?? error
      })
      // What programs did while they were being ended says nothing about the page.
      const error = interrupted(workbench)
      if (error) throw error
      return out
    } finally {
      await workbench.close()
      open.delete(workbench)
    }
  } finally {
    await removeFolder(base)
  }
}

function interrupted(workbench: LessonWorkbench): Error | undefined {
  const why = stopped.aborted ? 'stopped' : workbench.excess()
  return why === undefined ? undefined : new Error(why)
}

/** Ends what is open; nothing is begun any more. */
export function stopRuns(): void {
  stop.abort()
  for (const workbench of open) void workbench.close()
}
