/** One lesson's sandbox, workspace and panes, with the runner that works in them. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { WebSocket } from 'ws'
import { type Lesson, parseLesson } from '../format/lesson.ts'
import { createMachineReader, type MachineReader } from '../machine/reader.ts'
import { CLOSE } from '../protocol.ts'
import { createRunner, type Runner } from '../runner/runner.ts'
import { compileScripts } from '../sandbox/compile.ts'
import { createSandbox, type Sandbox } from '../sandbox/sandbox.ts'
import { createPane, type Pane } from '../terminal/pane.ts'
import { createCheckTrial } from './check-trial.ts'
import { createCheckStates, openChecks } from './checks.ts'
import { createFresh } from './fresh.ts'
import { createMachineFeed } from './machine-feed.ts'
import { lacksOf } from './requirements.ts'
import { createAnswerWatch } from './tally-watch.ts'
import { openWorkspace } from './workspace.ts'

export interface WorkbenchOptions {
  /** The lesson's Markdown file. */
  page: string
  /** Folder of the lesson's scripts; need not exist. */
  scripts: string
  /** Host folder of the workspace; its name is the one seen inside. */
  workspace: string
  /** What its sandbox may take: bytes of memory, processes with their threads. */
  limits?: { memory: number; processes: number }
}

export interface Workbench {
  sandbox: Sandbox
  runner: Runner
  /** Joins a page to a pane, with a shell in it. */
  attach(pane: string, socket: WebSocket): void
  /** Sends the machine and the checks to a page, as `MachineMessage`s. */
  watch(socket: WebSocket): void
  /** Ends the sandbox; every page that has joined is told `code`, one of `CLOSE`, and why. */
  close(code?: number, reason?: string): Promise<void>
}

/** Shells of one lesson; a page that names more is refused. */
export const MAX_PANES = 16

/** @throws LessonError for a page with mistakes, Error with one line for anything else */
export async function createWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  // What does not wait for each other does not: somebody looks at an empty terminal meanwhile.
  let [lesson, scripts] = await Promise.all([
    readLesson(options.page),
    openWorkspace(options.scripts, options.workspace),
  ])
  const [sandbox, lacks] = await Promise.all([
    createSandbox({ workspace: options.workspace, ...options.limits }),
    lacksOf(lesson),
  ])
  const compiled = compileScripts(sandbox, scripts)
  const panes = new Map<string, Pane>()
  const answers = createAnswerWatch()
  let reader: MachineReader | undefined
  const checks = openChecks(path.join(options.scripts, 'checks.ts'))
  const readFresh = createFresh(options.page, () => readLesson(options.page))
  const feed = createMachineFeed(
    machineReader,
    createCheckStates(checks, async () => namesOf(await freshLesson())),
  )
  const runner = createRunner({
    lesson: () => lesson,
    pane: paneWithShell,
    proc: sandbox.proc,
    ...lacks,
    trial: createCheckTrial(machineReader, checks),
    on(pane, message) {
      panes.get(pane)?.tell(message)
      if (message.type === 'verdict') feed.look()
    },
  })
  const reasons = Object.fromEntries(Object.entries(lacks.skipped).map(([id, { reason }]) => [id, reason]))
  let closing: Promise<void> | undefined

  return {
    sandbox,
    runner,
    attach(name, socket) {
      openPane(name).attach(socket, {
        hello: () => ({ verdicts: runner.verdicts(), skipped: reasons }),
        async run(message) {
          await freshLesson()
          return runner.run(message)
        },
        cancel: runner.cancel,
      })
    },
    watch: feed.attach,
    close(code = CLOSE.shutdown, reason) {
      closing ??= end(code, reason)
      return closing
    },
  }

  function machineReader(): MachineReader {
    reader ??= openReader()
    return reader
  }

  function openReader(): MachineReader {
    const { read, close } = createMachineReader(sandbox)
    return { read: async () => ({ ...(await read()), answers: answers.latest() }), close }
  }

  /** As its author has saved it last without a mistake. */
  async function freshLesson(): Promise<Lesson> {
    lesson = await readFresh().catch(() => lesson)
    return lesson
  }

  function openPane(name: string): Pane {
    let pane = panes.get(name)
    if (!pane) {
      if (panes.size >= MAX_PANES)
        throw new Error(`this lesson has ${MAX_PANES} terminals already, the most that one may have`)
      pane = createPane(name, sandbox)
      const opened = pane
      pane.listen(event => {
        if (event.kind === 'state') opened.tell({ type: 'state', state: event.state })
        if (event.kind === 'command') runner.typed(opened, event.text)
      })
      answers.follow(pane)
      panes.set(name, pane)
    }
    return pane
  }

  async function paneWithShell(name: string): Promise<Pane> {
    const pane = openPane(name)
    // Not before it is done: a command may look at what runs in the sandbox.
    await Promise.all([pane.start(), compiled])
    return pane
  }

  async function end(code: number, reason?: string): Promise<void> {
    runner.close()
    for (const pane of panes.values()) pane.dismiss(code, reason)
    feed.dismiss(code, reason)
    reader?.close()
    await Promise.all([sandbox.close(), checks.close(), ...[...panes.values()].map(pane => pane.ended())])
  }
}

/** Of its checks; one may stand on the page once for each language. */
function namesOf({ checks }: Lesson): string[] {
  return [...new Set(checks.map(({ name }) => name))]
}

/** @throws LessonError */
export async function readLesson(page: string): Promise<Lesson> {
  return parseLesson(await readFile(page, 'utf8'), page)
}
