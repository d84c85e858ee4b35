/** One learner, and the workbenches that are open for them. Alone there is one seat. */
import { access } from 'node:fs/promises'
import path from 'node:path'
import type { WebSocket } from 'ws'
import { CLOSE } from '../protocol.ts'
import { reasonOf } from '../terminal/close-reason.ts'
import { createWorkbench, readLesson, type Workbench, type WorkbenchOptions } from './workbench.ts'
import { removeAside, resetWorkspace } from './workspace.ts'

export interface Seat {
  /** Whether a page of this name exists and, if one is named, has this pane. Starts nothing. */
  has(lesson: string, pane?: string): Promise<boolean>
  /**
   * Joins a socket that the guard let in to a pane; makes sandbox and shell if need be.
   * Never rejects: what goes wrong is said on the socket, which is then closed.
   */
  attach(lesson: string, pane: string, socket: WebSocket): Promise<void>
  /** The same to the lesson's machine. */
  watch(lesson: string, socket: WebSocket): Promise<void>
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
  /** What one sandbox may take. @default DEFAULT_LIMITS */
  limits?: WorkbenchOptions['limits']
  /** Lessons that may have a sandbox at the same time. @default 12 */
  workbenches?: number
  /** Milliseconds after which a workbench that no page watches is closed. @default 30 minutes */
  idle?: number
}

const DEFAULT_WORKBENCHES = 12
const DEFAULT_IDLE_MINUTES = 30
/** Milliseconds that removing a workspace may take; a program that goes on filling it must not keep us at it. */
const REMOVAL_TIMEOUT = 10 * 60_000

/** A workbench, and who watches it. */
interface Bench {
  workbench: Promise<Workbench>
  watching: Set<WebSocket>
  /** Runs while nobody watches. */
  timer?: NodeJS.Timeout
}

export function createSeat(options: SeatOptions): Seat {
  const { root, state, log, workbenches: most = DEFAULT_WORKBENCHES } = options
  const { idle = DEFAULT_IDLE_MINUTES * 60_000 } = options
  /** By lesson, the one that was left longest ago first. */
  const benches = new Map<string, Bench>()
  /** A reset under way: who comes meanwhile waits for it. */
  const resets = new Map<string, Promise<void>>()
  /** By lesson: what starting over has put aside is being removed, one at a time. */
  const removals = new Map<string, Promise<void>>()
  const ending = new AbortController()
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
    attach: (lesson, pane, socket) => join(lesson, socket, workbench => workbench.attach(pane, socket)),
    watch: (lesson, socket) => join(lesson, socket, workbench => workbench.watch(socket)),
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
      // What is left is removed at the lesson's next opening.
      ending.abort()
      await Promise.allSettled([...benches.keys()].map(lesson => end(lesson, CLOSE.shutdown)))
      await Promise.allSettled(removals.values())
    },
  }

  async function join(
    lesson: string,
    socket: WebSocket,
    take: (workbench: Workbench) => void,
  ): Promise<void> {
    // What the page says meanwhile is kept for whoever listens then.
    socket.pause()
    try {
      await resets.get(lesson)
      const bench = open(lesson)
      watch(lesson, bench, socket)
      take(await bench.workbench)
    } catch (error) {
      log(`${lesson}: ${reasonOf(error)}`)
      socket.close(CLOSE.failed, reasonOf(error))
    }
    socket.resume()
  }

  /** @throws Error with one line when there is no room */
  function open(lesson: string): Bench {
    if (closed) throw new Error('the playground is ending')
    if (!benches.has(lesson)) makeRoom()
    let bench = benches.get(lesson)
    if (!bench) {
      bench = { workbench: create(lesson), watching: new Set() }
      benches.set(lesson, bench)
      forgetAtItsEnd(lesson, bench)
    }
    return bench
  }

  function makeRoom(): void {
    if (benches.size < most) return
    const unwatched = [...benches].find(([, { watching }]) => watching.size === 0)
    if (!unwatched)
      throw new Error(`${most} lessons are open already; close the tab of one (--lessons allows more)`)
    log(`${unwatched[0]}: closed to make room, nobody watches it`)
    void end(unwatched[0], CLOSE.shutdown)
  }

  function create(lesson: string): Promise<Workbench> {
    const creating = createWorkbench({
      page: pageOf(lesson),
      scripts: scriptsOf(lesson),
      workspace: workspaceOf(lesson),
      limits: options.limits,
    })
    // A crash may have left something.
    creating.then(
      () => tidy(lesson),
      () => {},
    )
    return creating
  }

  function forgetAtItsEnd(lesson: string, bench: Bench): void {
    const forget = () => {
      clearTimeout(bench.timer)
      if (benches.get(lesson) === bench) benches.delete(lesson)
    }
    bench.workbench.then(async ({ sandbox, close }) => {
      await sandbox.ended
      forget()
      await close(CLOSE.failed, 'The sandbox was ended from outside. Your files are kept.')
    }, forget)
  }

  /** Closes the workbench when nobody has watched it for a while. */
  function watch(lesson: string, bench: Bench, socket: WebSocket): void {
    clearTimeout(bench.timer)
    bench.watching.add(socket)
    socket.once('close', () => {
      bench.watching.delete(socket)
      if (bench.watching.size > 0 || benches.get(lesson) !== bench) return
      benches.delete(lesson)
      benches.set(lesson, bench)
      bench.timer = setTimeout(() => {
        log(`${lesson}: closed, nobody has watched it for ${Math.round(idle / 60_000)} min`)
        void end(lesson, CLOSE.shutdown)
      }, idle).unref()
    })
  }

  async function startOver(lesson: string): Promise<void> {
    await end(lesson, CLOSE.reset)
    await resetWorkspace(scriptsOf(lesson), workspaceOf(lesson))
    tidy(lesson)
  }

  /** Nobody waits for it: there may be millions of files. */
  function tidy(lesson: string): void {
    const remove = async () => {
      const signal = AbortSignal.any([ending.signal, AbortSignal.timeout(REMOVAL_TIMEOUT)])
      await removeAside(workspaceOf(lesson), signal).catch(error => {
        if (!closed)
          log(`${lesson}: not all files of before the last reset could be removed: ${reasonOf(error)}`)
      })
    }
    const removal = (removals.get(lesson) ?? Promise.resolve()).then(remove).finally(() => {
      if (removals.get(lesson) === removal) removals.delete(lesson)
    })
    removals.set(lesson, removal)
  }

  async function end(lesson: string, code: number): Promise<void> {
    const bench = benches.get(lesson)
    benches.delete(lesson)
    clearTimeout(bench?.timer)
    const workbench = await bench?.workbench.catch(() => undefined)
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
