/** Sends what a shell prints to one page, no faster than the page can parse it. */
import type { WebSocket } from 'ws'
import type { ClientMessage, ServerMessage } from '../protocol.ts'
import { createFlow, type Flow } from './flow.ts'
import type { Shell } from './shell.ts'

export type Hello = ServerMessage & { type: 'hello' }
type Seen = (ClientMessage & { type: 'join' })['seen']
/** What a page is told besides, when its shell is there. */
export type Greeting = Omit<Hello, 'type' | 'shell' | 'at' | 'picture' | 'old'>

export interface Playback {
  /** Whether the page is sent the shell's output. */
  readonly runs: boolean
  /** Whether the page has more to parse than it can soon. */
  isFull(): boolean
  /**
   * Begins, or begins anew, with a shell's output; resolves when the page knows the screen. It goes on from what the
   * page had seen when it joined, where that is still known.
   */
  begin(shell: Shell, greeting: () => Greeting): Promise<void>
  /** When the page joins. */
  hasSeen(seen: Seen): void
  /** The page has parsed so many bytes since `hello`. */
  acknowledged(bytes: number): void
  /** Sends as much as the page can take. */
  pump(): void
  close(): void
}

/** Larger ones are cut: the page gets to draw in between. Bytes. */
const FRAME_BYTES = 128 * 1024
/** What a socket may hold unsent before it waits, whatever the page acknowledges. Bytes. */
const MAX_BUFFERED = 1024 * 1024
/** A page that cannot keep up is shown the latest screen at most this often. Milliseconds. */
const REDRAW_EVERY = 1000

/** @param behind called when what the page has not seen is no longer kept: it is to begin anew, with the screen */
export function createPlayback(socket: WebSocket, behind: () => void): Playback {
  let flow: Flow = createFlow()
  let shell: Shell | undefined
  /** Offset in the shell's output of the next byte to send. */
  let at = 0
  let seen: Seen
  let exitTold = false
  let redrawn = Number.NEGATIVE_INFINITY
  let redrawTimer: NodeJS.Timeout | undefined

  const playback: Playback & { runs: boolean } = {
    runs: false,
    isFull: () => flow.full || socket.bufferedAmount > MAX_BUFFERED,
    hasSeen(before) {
      seen = before
    },
    async begin(next, greeting) {
      shell = next
      const { id, history } = next
      const isKnown = seen?.shell === id && history.read(seen.at, 0) !== undefined
      if (isKnown) return start(greeting, seen!.at)
      if (history.end === 0) return start(greeting, 0, Buffer.alloc(0))
      playback.runs = false
      const picture = await history.picture()
      // Unless another shell has begun meanwhile.
      if (shell === next) start(greeting, picture.at, picture.bytes)
    },
    acknowledged(bytes) {
      flow.acknowledged(bytes)
      pump()
    },
    pump,
    close: () => clearTimeout(redrawTimer),
  }
  return playback

  function start(greeting: () => Greeting, from: number, picture?: Buffer): void {
    if (socket.readyState !== socket.OPEN) return
    const { id, history } = shell!
    flow = createFlow()
    at = from
    exitTold = false
    playback.runs = true
    seen = undefined
    const old = history.end - from
    tell({ type: 'hello', shell: id, ...greeting(), at, old, ...(picture && { picture: picture.length }) })
    for (let begin = 0; picture && begin < picture.length; begin += FRAME_BYTES)
      send(picture.subarray(begin, begin + FRAME_BYTES))
    pump()
  }

  function pump(): void {
    clearTimeout(redrawTimer)
    redrawTimer = undefined
    if (!playback.runs || !shell || socket.readyState !== socket.OPEN) return
    const { history, status } = shell
    while (at < history.end && !playback.isFull()) {
      const bytes = history.read(at, FRAME_BYTES)
      if (!bytes) {
        redraw()
        return
      }
      send(bytes)
      at += bytes.length
    }
    if (at < history.end || status === undefined || exitTold) return
    exitTold = true
    tell({ type: 'exit', status })
  }

  /** Another page was faster. */
  function redraw(): void {
    const wait = redrawn + REDRAW_EVERY - performance.now()
    if (wait > 0) {
      redrawTimer = setTimeout(pump, wait)
      return
    }
    redrawn = performance.now()
    behind()
  }

  function send(bytes: Buffer): void {
    flow.sent(bytes.length)
    socket.send(bytes)
  }

  function tell(message: ServerMessage): void {
    socket.send(JSON.stringify(message))
  }
}
