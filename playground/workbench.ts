/** One lesson's sandbox, workspace and panes, with the runner that works in them. */
import { constants } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { WebSocket } from 'ws'
import { type Lesson, parseLesson } from './format/lesson.ts'
import { createPane, type Pane, reasonOf } from './pane.ts'
import { CLOSE } from './protocol.ts'
import { createRunner, type Runner } from './runner.ts'
import { createSandbox, type Sandbox } from './sandbox.ts'
import { openWorkspace } from './workspace.ts'

export interface WorkbenchOptions {
  /** The lesson's Markdown file. */
  page: string
  /** Folder of the lesson's scripts; need not exist. */
  scripts: string
  /** Host folder of the workspace; its name is the one seen inside. */
  workspace: string
}

export interface Workbench {
  sandbox: Sandbox
  runner: Runner
  /** Joins a page to a pane, with a shell in it. */
  attach(pane: string, socket: WebSocket): Promise<void>
  /** Ends the sandbox; every page that has joined is told `code`, one of `CLOSE`. */
  close(code?: number): Promise<void>
}

/** @throws LessonError for a page with mistakes, Error with one line for anything else */
export async function createWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  let lesson = await readLesson(options.page)
  await openWorkspace(options.scripts, options.workspace)
  const sandbox = await createSandbox({ workspace: options.workspace })
  const panes = new Map<string, Pane>()
  const skipped = await missingTools(lesson, sandbox)
  const runner = createRunner({
    lesson: () => lesson,
    pane: paneWithShell,
    proc: sandbox.proc,
    skipped,
    on: (pane, message) => panes.get(pane)?.tell(message),
  })
  let closing: Promise<void> | undefined

  return {
    sandbox,
    runner,
    async attach(name, socket) {
      openPane(name).attach(socket, {
        hello: () => ({ verdicts: runner.verdicts(), skipped }),
        async run(message) {
          lesson = await readLesson(options.page).catch(() => lesson)
          return runner.run(message)
        },
      })
      await paneWithShell(name).catch(error => socket.close(CLOSE.failed, reasonOf(error)))
    },
    close(code = CLOSE.shutdown) {
      closing ??= end(code)
      return closing
    },
  }

  function openPane(name: string): Pane {
    let pane = panes.get(name)
    if (!pane) {
      pane = createPane(name, sandbox)
      const opened = pane
      pane.listen(event => {
        if (event.kind === 'state') opened.tell({ type: 'state', state: event.state })
        if (event.kind === 'command') runner.typed(opened, event.text)
      })
      panes.set(name, pane)
    }
    return pane
  }

  async function paneWithShell(name: string): Promise<Pane> {
    const pane = openPane(name)
    await pane.start()
    return pane
  }

  async function end(code: number): Promise<void> {
    runner.close()
    for (const pane of panes.values()) pane.dismiss(code)
    await sandbox.close()
    await Promise.all([...panes.values()].map(pane => pane.ended()))
  }
}

/** @throws LessonError */
export async function readLesson(page: string): Promise<Lesson> {
  return parseLesson(await readFile(page, 'utf8'), page)
}

/** Ids of transcripts whose `requires` is not on the sandbox's PATH, with what to do. */
async function missingTools(lesson: Lesson, sandbox: Sandbox): Promise<Record<string, string>> {
  const folders = ['/usr/bin', ...sandbox.env.PATH!.split(':')]
  const has = async (program: string) => {
    const found = await Promise.allSettled(
      folders.map(folder => access(path.join(folder, program), constants.X_OK)),
    )
    return found.some(({ status }) => status === 'fulfilled')
  }
  const entries = await Promise.all(
    lesson.transcripts.map(async ({ id, requires }) => {
      const found = await Promise.all(requires.map(has))
      const missing = requires.filter((_, index) => !found[index])
      return missing.length > 0
        ? [
            [
              id,
              `needs ${missing.join(', ')}; install it with: sudo apt-get install ${missing.map(packageOf).join(' ')}`,
            ],
          ]
        : []
    }),
  )
  return Object.fromEntries(entries.flat())
}

/** Debian's name for what holds a program. */
function packageOf(program: string): string {
  return { ss: 'iproute2', nstat: 'iproute2', ip: 'iproute2', wrk: 'wrk', vi: 'vim-tiny' }[program] ?? program
}
