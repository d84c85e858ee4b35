/** A lesson's workbench: one with the runner and the checks of a page. */
import path from 'node:path'
import { readLesson } from '../course/pages.ts'
import type { Lesson } from '../format/lesson.ts'
import { slowLesson } from '../format/slow.ts'
import { lessonOfWay, type Way } from '../format/way.ts'
import { lacksOf } from '../runner/requirements.ts'
import { createRunner, type Runner } from '../runner/runner.ts'
import { slowness } from '../sandbox/patience.ts'
import { createCheckTrial } from './check-trial.ts'
import { createCheckStates, openChecks } from './checks.ts'
import type { Setup } from './seat.ts'
import { listScripts, listSolution, type ShippedFile } from './shipped-files.ts'
import { createWorkbench, type Place, type Workbench } from './workbench.ts'

export interface LessonWorkbenchOptions extends Place {
  /** The lesson's Markdown file. */
  page: string
  /** Folder of the lesson's scripts; need not exist. */
  scripts: string
  /** The one to be run, with the files of its solution; undefined: the page itself. */
  way?: Way
}

export interface LessonWorkbench extends Workbench {
  runner: Runner
}

/** @throws LessonError for a page with mistakes, Error with one line for anything else */
export async function createLessonWorkbench(options: LessonWorkbenchOptions): Promise<LessonWorkbench> {
  const { scripts, way } = options
  // What does not wait for each other does not: somebody looks at an empty terminal meanwhile.
  const [first, files] = await Promise.all([read(), listFiles()])
  let lesson = first
  const looking = lacksOf(lesson)
  const workbench = await createWorkbench({
    ...options,
    files,
    guide: {
      hello: () => ({ verdicts: runner.verdicts(), skipped: reasons }),
      async run(message) {
        await freshLesson()
        return runner.run(message)
      },
      cancel: message => runner.cancel(message),
      typed: (pane, text) => runner.typed(pane, text),
      judge: machine => judgeAll(machine),
    },
  })
  const lacks = await looking
  const checks = openChecks(path.join(scripts, 'checks.ts'))
  const judgeAll = createCheckStates(checks, async () => namesOf(await freshLesson()))
  const reasons = Object.fromEntries(Object.entries(lacks.skipped).map(([id, { reason }]) => [id, reason]))
  const runner: Runner = createRunner({
    lesson: () => lesson,
    pane: workbench.pane,
    proc: workbench.sandbox.proc,
    ...lacks,
    trial: createCheckTrial(workbench.machine, checks),
    on(pane, message) {
      workbench.tell(pane, message)
      if (message.type === 'verdict') workbench.look()
    },
  })

  return {
    ...workbench,
    runner,
    async close(code, reason) {
      runner.close()
      await Promise.all([workbench.close(code, reason), checks.close()])
    },
  }

  async function read(): Promise<Lesson> {
    const lesson = await readLesson(options.page)
    const part = way ? lessonOfWay(lesson, way) : lesson
    return slowness === 1 ? part : slowLesson(part, slowness)
  }

  async function listFiles(): Promise<ShippedFile[]> {
    const files = await listScripts(scripts)
    return way ? [...files, ...(await listSolution(scripts, way.challenge))] : files
  }

  /** As its author has saved it last without a mistake. */
  async function freshLesson(): Promise<Lesson> {
    lesson = await read().catch(() => lesson)
    return lesson
  }
}

/** The lesson of this name below `root`, if it has a page. @param slug safe in a path */
export async function lessonSetup(root: string, slug: string): Promise<Setup | undefined> {
  const page = path.join(root, 'docs/lessons', `${slug}.md`)
  const scripts = path.join(root, 'lessons', slug)
  const setup: Setup = {
    files: () => listScripts(scripts),
    async solution(name) {
      const { challenges } = await readLesson(page)
      return challenges.some(challenge => challenge.name === name) ? listSolution(scripts, name) : undefined
    },
    open: place => createLessonWorkbench({ page, scripts, ...place }),
  }
  try {
    const { panes } = await readLesson(page)
    return { ...setup, panes }
  } catch (error) {
    // A page with a mistake in it exists: whichever pane is asked for says what is wrong.
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : setup
  }
}

/** Of its checks and challenges; one may stand on the page once for each language. */
function namesOf({ checks, challenges }: Lesson): string[] {
  return [...new Set([...checks, ...challenges].map(({ name }) => name))]
}
