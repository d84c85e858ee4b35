/** One learner, and the workbenches that are open for them. Alone there is one seat. */
import path from 'node:path'
import type { WebSocket } from 'ws'
import { SLUG } from '../format/slug.ts'
import { CLOSE, type FileAnswer, type FileList } from '../protocol.ts'
import { reasonOf } from '../terminal/close-reason.ts'
import { ActError } from './act-error.ts'
import { doWithFiles, parseFileRequest } from './files.ts'
import { createOpenBenches } from './open-benches.ts'
import { createRemovals } from './removals.ts'
import type { ShippedFile } from './shipped-files.ts'
import { isKept, resetWorkspace, restoreWorkspace } from './starting-over.ts'
import type { Place, Workbench } from './workbench.ts'
import { giveFiles } from './workspace.ts'

/** What a workbench can be made from: a lesson, a scene. */
export interface Setup {
  /** Names of its panes; undefined: any. */
  panes?: readonly string[]
  /** What its workspace is given, as it stands now. */
  files(): Promise<ShippedFile[]>
  /** What solves a challenge; undefined for a name that is none. */
  solution?(challenge: string): Promise<ShippedFile[] | undefined>
  /** @throws Error with one line */
  open(place: Place): Promise<Workbench>
}

export interface Seat {
  /** Whether there is a setup of this name and, if one is named, it has this pane. Starts nothing. */
  has(name: string, pane?: string): Promise<boolean>
  /**
   * Joins a socket that the guard let in to a pane; makes sandbox and shell if need be.
   * Never rejects: what goes wrong is said on the socket, which is then closed.
   */
  attach(name: string, pane: string, socket: WebSocket): Promise<void>
  /** The same to the workbench's machine. */
  watch(name: string, socket: WebSocket): Promise<void>
  /** Ends the workbench and gives back its files as they were. Its sockets close with `CLOSE.reset`. */
  reset(name: string): Promise<void>
  /**
   * Ends the workbench and gives back the files that the last reset has kept; what is there now is kept instead.
   *
   * @throws ActError 409 where nothing is kept
   */
  restore(name: string): Promise<void>
  /** Has the workbench do what a reader asks of it. @throws Error with one line */
  act(name: string, request: unknown): Promise<void>
  /** What was done in an open scene, or its files to be taken along. @throws ActError 409 where none runs */
  take(name: string, what: 'transcript' | 'archive'): Promise<string | Uint8Array>
  /** Puts the solution of a challenge beside the files that are there. @returns how many files it has; undefined: there is none of this name */
  solve(name: string, challenge: string): Promise<number | undefined>
  /** Does what a reader asks with the files of a workspace, one thing after another. @throws Error with one line */
  files(name: string, request: unknown): Promise<FileList | FileAnswer>
  /** Resolves when every shell and sandbox of the seat is gone. */
  close(): Promise<void>
}

export interface SeatOptions {
  /** The setup of a name that is safe in a path. */
  find(name: string): Promise<Setup | undefined>
  /** Folder of the seat's workspaces, no other seat's. */
  workspaces: string
  log(line: string): void
  /** What one sandbox may take. @default DEFAULT_LIMITS */
  limits?: Place['limits']
  /** Workbenches that may be open at the same time. @default 12 */
  workbenches?: number
  /** Milliseconds after which a workbench that no page watches is closed. @default 30 minutes */
  idle?: number
}

const DEFAULT_WORKBENCHES = 12
const DEFAULT_IDLE_MINUTES = 30

export function createSeat(options: SeatOptions): Seat {
  const { find, log } = options
  /** By name, what changes its workspace now: who comes meanwhile waits for it. */
  const changes = new Map<string, { what: 'reset' | 'restore'; done: Promise<void> }>()
  const removals = createRemovals(log)
  const benches = createOpenBenches({
    create,
    log,
    most: options.workbenches ?? DEFAULT_WORKBENCHES,
    idle: options.idle ?? DEFAULT_IDLE_MINUTES * 60_000,
  })
  let filesTurn: Promise<unknown> = Promise.resolve()

  return {
    async has(name, pane) {
      const setup = SLUG.test(name) && (await find(name))
      if (!setup) return false
      return pane === undefined || !setup.panes || setup.panes.includes(pane)
    },
    attach: (name, pane, socket) => join(name, socket, workbench => workbench.attach(pane, socket)),
    watch: (name, socket) => join(name, socket, workbench => workbench.watch(socket)),
    reset: name => change(name, 'reset', startOver),
    restore: name => change(name, 'restore', goBack),
    async act(name, request) {
      await changes.get(name)?.done
      const workbench = await benches.open(name)
      if (!workbench.act) throw new Error('there is nothing to be done here')
      await workbench.act(request)
    },
    async take(name, what) {
      await changes.get(name)?.done
      const workbench = await benches.get(name)
      const taken = await workbench?.[what]?.()
      if (taken === undefined) throw new ActError(409, 'No scene runs here yet.')
      return taken
    },
    async solve(name, challenge) {
      const files = await (await setupOf(name)).solution?.(challenge)
      if (!files) return undefined
      await changes.get(name)?.done
      await giveFiles(files, workspaceOf(name))
      return files.length
    },
    async files(name, request) {
      const wanted = parseFileRequest(request)
      const { files } = await setupOf(name)
      const done = filesTurn.then(async () => {
        await changes.get(name)?.done
        return doWithFiles(wanted, await files(), workspaceOf(name))
      })
      filesTurn = done.catch(() => {})
      return done
    },
    async close() {
      await benches.close()
      await removals.close()
    },
  }

  async function join(name: string, socket: WebSocket, take: (workbench: Workbench) => void): Promise<void> {
    // What the page says meanwhile is kept for whoever listens then.
    socket.pause()
    try {
      await changes.get(name)?.done
      take(await benches.open(name, socket))
    } catch (error) {
      log(`${name}: ${reasonOf(error)}`)
      socket.close(CLOSE.failed, reasonOf(error))
    }
    socket.resume()
  }

  async function create(name: string): Promise<Workbench> {
    const { open } = await setupOf(name)
    const workspace = workspaceOf(name)
    const workbench = await open({ workspace, limits: options.limits })
    // A crash may have left something.
    removals.begin(workspace)
    return workbench
  }

  /** One after another; two that ask for the same at once are one. */
  function change(
    name: string,
    what: 'reset' | 'restore',
    make: (name: string) => Promise<void>,
  ): Promise<void> {
    const before = changes.get(name)
    if (before?.what === what) return before.done
    const done = (before ? before.done.catch(() => {}).then(() => make(name)) : make(name)).finally(() => {
      if (changes.get(name)?.done === done) changes.delete(name)
    })
    changes.set(name, { what, done })
    return done
  }

  async function goBack(name: string): Promise<void> {
    const { files } = await setupOf(name)
    if (!(await isKept(workspaceOf(name)))) throw new ActError(409, 'nothing is kept to go back to')
    await benches.end(name, CLOSE.reset)
    await restoreWorkspace(await files(), workspaceOf(name))
  }

  async function startOver(name: string): Promise<void> {
    const { files } = await setupOf(name)
    await benches.end(name, CLOSE.reset)
    await resetWorkspace(await files(), workspaceOf(name))
    removals.begin(workspaceOf(name))
  }

  async function setupOf(name: string): Promise<Setup> {
    const setup = SLUG.test(name) && (await find(name))
    if (!setup) throw new Error('there is nothing of this name')
    return setup
  }

  function workspaceOf(name: string): string {
    return path.join(options.workspaces, name)
  }
}
