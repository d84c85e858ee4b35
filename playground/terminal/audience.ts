/** The pages that watch one pane: they type into its shell, see its screen, decide its size and set its pace. */
import type { WebSocket } from 'ws'
import { CLOSE, type ServerMessage, SIZE } from '../protocol.ts'
import { reasonOf } from './close-reason.ts'
import type { TerminalSize } from './mirror.ts'
import type { Greeting } from './playback.ts'
import type { Shell } from './shell.ts'
import { createViewer, type PageHandler, type Viewer } from './viewer.ts'

export interface Audience {
  /** Of the window that was typed in last. */
  readonly size: TerminalSize
  /** Takes a socket that the guard let in. */
  attach(socket: WebSocket, handler: PageHandler): void
  /** There is another shell: every page is shown it. */
  greetAll(): void
  /** To every page that sees the shell. */
  tell(message: (viewer: Viewer) => ServerMessage): void
  /** Sends each page what the shell has printed, as much as it can take. */
  flush(): void
  dismiss(code: number, reason?: string): void
}

/** What pages need of their pane. */
interface Watched {
  shell(): Shell | undefined
  start(): Promise<void>
  greeting(): Pick<Greeting, 'state' | 'pid' | 'sandbox' | 'unbounded'>
}

/** Input that no program reads may wait up to this many bytes, from all pages together. */
export const MAX_WAITING = 1024 * 1024

export function createAudience(pane: Watched): Audience {
  const viewers = new Set<Viewer>()
  /** The page that was typed in last: its window decides the size. */
  let decider: Viewer | undefined
  /** Pictures that are being made; the shell waits for them, or it would run away from them. */
  let pictures = 0

  const audience: Audience & { size: TerminalSize } = {
    size: { columns: SIZE.columns, rows: SIZE.rows },
    attach(socket, handler) {
      viewers.add(createViewer(socket, handler, { joined, typed, resized, start, flowed, greet, left }))
    },
    greetAll() {
      for (const viewer of viewers) if (viewer.page !== undefined) greet(viewer)
    },
    tell,
    flush() {
      for (const { playback } of viewers) playback.pump()
      flowed()
    },
    dismiss(code, reason) {
      for (const viewer of viewers) viewer.close(code, reason)
    },
  }
  return audience

  function tell(message: (viewer: Viewer) => ServerMessage): void {
    for (const viewer of viewers) if (viewer.playback.runs) viewer.send(message(viewer))
  }

  function joined(viewer: Viewer): void {
    for (const other of viewers) {
      // A page that comes back before its old socket is known to be dead: what that one still has to say would
      // come twice.
      if (other !== viewer && other.page === viewer.page) other.drop()
    }
    if (!decider) decide(viewer)
    if (pane.shell()) greet(viewer)
    else start(viewer)
  }

  function start(viewer: Viewer): void {
    pane.start().catch(error => viewer.close(CLOSE.failed, reasonOf(error)))
  }

  function greet(viewer: Viewer): void {
    const shell = pane.shell()
    if (!shell) return
    pictures += 1
    flowed()
    const words = () => ({ ...sizeFor(viewer), ...pane.greeting(), ...viewer.greeting(shell) })
    void viewer.playback.begin(shell, words).finally(() => {
      pictures -= 1
      flowed()
    })
  }

  /**
   * The shell waits while every page that watches has more to parse than it can soon: the fastest one sets the
   * pace, the others are shown the latest screen when they are ready for it.
   */
  function flowed(): void {
    const watching = [...viewers].filter(({ playback }) => playback.runs)
    const allFull = watching.length > 0 && watching.every(({ playback }) => playback.isFull())
    pane.shell()?.hold(allFull || pictures > 0)
  }

  function typed(viewer: Viewer, bytes: Buffer): void {
    if (decider !== viewer) decide(viewer)
    const shell = pane.shell()
    if (!shell || shell.status !== undefined) return
    // What does not fit is not counted as typed: the page knows that it has not arrived.
    if (shell.input.waiting + bytes.length > MAX_WAITING) {
      viewer.close(
        CLOSE.failed,
        `No program reads what is typed here; ${MAX_WAITING >> 20} MiB wait already.`,
      )
      return
    }
    viewer.accepted(shell, bytes.length)
    shell.input.write(bytes)
  }

  function resized(viewer: Viewer): void {
    if (viewer === decider) resize(viewer.size)
    else viewer.send({ type: 'size', ...sizeFor(viewer) })
  }

  /** From now on this page's window decides. */
  function decide(viewer: Viewer): void {
    decider = viewer
    resize(viewer.size)
  }

  function resize(next: TerminalSize): void {
    const { size } = audience
    const isNew = next.columns !== size.columns || next.rows !== size.rows
    audience.size = next
    if (isNew) pane.shell()?.resize(next)
    tell(viewer => ({ type: 'size', ...sizeFor(viewer) }))
  }

  function sizeFor(viewer: Viewer): TerminalSize & { yours: boolean } {
    return { ...audience.size, yours: viewer === decider }
  }

  function left(viewer: Viewer): void {
    viewers.delete(viewer)
    if (decider === viewer) {
      decider = undefined
      const heir = [...viewers].findLast(({ page }) => page !== undefined)
      if (heir) decide(heir)
    }
    flowed()
  }
}
