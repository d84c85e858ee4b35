/** One learner, and the workbenches that are open for them. Alone there is one seat. */
import { access } from 'node:fs/promises'
import path from 'node:path'
import type { WebSocket } from 'ws'
import { reasonOf } from './pane.ts'
import { CLOSE } from './protocol.ts'
import { createWorkbench, readLesson, type Workbench } from './workbench.ts'
import { resetWorkspace } from './workspace.ts'

export interface Seat {
  /** Whether a page of this name exists and, if one is named, has this pane. Starts nothing. */
  has(lesson: string, pane?: string): Promise<boolean>
  /**
   * Joins a socket that the guard let in to a pane; makes sandbox and shell if need be.
   * Never rejects: what goes wrong is said on the socket, which is then closed.
   */
  attach(lesson: string, pane: string, socket: WebSocket): Promise<void>
  /** Ends the lesson's sandbox and gives back the scripts as they were. Its sockets close with `CLOSE.reset`. */
  reset(lesson: string): Promise<void>
  /** Resolves when every shell and sandbox of the seat is gone. */
  close(): Promise<void>
}

export interface SeatOptions {
  /** Holds `docs/lessons` and `lessons`. */
  root: string
  /** The user's state folder for the playground; workspaces live in it. */
  state: string
  log(line: string): void
}

export function createSeat({ root, state, log }: SeatOptions): Seat {
  const workbenches = new Map<string, Promise<Workbench>>()
  /** A reset under way: who comes meanwhile waits for it. */
  const resets = new Map<string, Promise<void>>()
  let closed = false

  return {
    async has(lesson, pane) {
      try {
        const { panes } = await readLesson(pageOf(lesson))
        return pane === undefined || panes.includes(pane)
      } catch {
        // A page with a mistake in it exists: the pane says what is wrong.
        return exists(pageOf(lesson))
      }
    },
    async attach(lesson, pane, socket) {
      try {
        await resets.get(lesson)
        const workbench = await open(lesson)
        await workbench.attach(pane, socket)
      } catch (error) {
        log(`${lesson}: ${reasonOf(error)}`)
        socket.close(CLOSE.failed, reasonOf(error))
      }
    },
    reset(lesson) {
      let reset = resets.get(lesson)
      if (!reset) {
        reset = startOver(lesson).finally(() => resets.delete(lesson))
        resets.set(lesson, reset)
      }
      return reset
    },
    async close() {
      closed = true
      await Promise.allSettled([...workbenches.keys()].map(lesson => end(lesson, CLOSE.shutdown)))
    },
  }

  function open(lesson: string): Promise<Workbench> {
    if (closed) throw new Error('the playground is ending')
    let workbench = workbenches.get(lesson)
    if (!workbench) {
      workbench = createWorkbench({
        page: pageOf(lesson),
        scripts: scriptsOf(lesson),
        workspace: workspaceOf(lesson),
      })
      workbenches.set(lesson, workbench)
      const forget = () => {
        if (workbenches.get(lesson) === workbench) workbenches.delete(lesson)
      }
      workbench.then(
        ({ sandbox, close }) =>
          sandbox.ended.then(() => {
            forget()
            return close(CLOSE.failed)
          }),
        forget,
      )
    }
    return workbench
  }

  async function startOver(lesson: string): Promise<void> {
    await end(lesson, CLOSE.reset)
    await resetWorkspace(scriptsOf(lesson), workspaceOf(lesson))
  }

  async function end(lesson: string, code: number): Promise<void> {
    const workbench = await workbenches.get(lesson)?.catch(() => undefined)
    workbenches.delete(lesson)
    await workbench?.close(code)
  }

  function pageOf(lesson: string): string {
    return path.join(root, 'docs/lessons', `${slug(lesson)}.md`)
  }

  function scriptsOf(lesson: string): string {
    return path.join(root, 'lessons', slug(lesson))
  }

  function workspaceOf(lesson: string): string {
    return path.join(state, 'workspaces', 'learner', slug(lesson))
  }
}

/** A name that is safe in a path, whoever asks. */
function slug(lesson: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(lesson)) throw new Error('no lesson has such a name')
  return lesson
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
