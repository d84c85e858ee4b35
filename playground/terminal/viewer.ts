/** A page that watches a pane: what it says, and what it is shown. */
import type { RawData, WebSocket } from 'ws'
import { CLOSE, type ClientMessage, parseClientMessage, type ServerMessage } from '../protocol.ts'
import { keepAlive } from './heartbeat.ts'
import type { TerminalSize } from './mirror.ts'
import { createPlayback, type Hello, type Playback } from './playback.ts'
import type { Shell } from './shell.ts'

/** What a page is told of the transcripts when it joins, and who answers its `run` and `cancel`. */
export interface PageHandler {
  hello(): Pick<Hello, 'verdicts' | 'skipped'>
  run(message: ClientMessage & { type: 'run' }): Promise<ServerMessage | undefined>
  cancel(message: ClientMessage & { type: 'cancel' }): void
}

/** What a viewer needs of its pane. */
export interface Watched {
  /** It has said who it is and what it has seen. */
  joined(viewer: Viewer): void
  typed(viewer: Viewer, bytes: Buffer): void
  resized(viewer: Viewer): void
  start(viewer: Viewer): void
  /** It can take more, or wants less. */
  flowed(): void
  /** It could not keep up: it is to be greeted anew. */
  greet(viewer: Viewer): void
  left(viewer: Viewer): void
}

export interface Viewer {
  /** The page's token; undefined before it has joined. */
  readonly page: string | undefined
  /** That of its own window. */
  readonly size: TerminalSize
  /** What it is told of the transcripts, and what of its typing has arrived in this shell. */
  greeting(shell: Shell): Pick<Hello, 'verdicts' | 'skipped' | 'typed'>
  readonly playback: Playback
  send(message: ServerMessage): void
  /** Bytes of its input have been handed to the shell. */
  accepted(shell: Shell, bytes: number): void
  close(code: number, reason?: string): void
  /** Without a word: another socket of the same page has taken its place. */
  drop(): void
}

/** Milliseconds until the first message, which says who is there. */
const JOIN_WITHIN = 10_000
/** Milliseconds that several keys may share one acknowledgement. */
const TYPED_EVERY = 200
/** Messages that a page may send at once, and per second from then on. The most come as acknowledgements. */
export const RATE = { burst: 20_000, perSecond: 5000 }
/** Pages whose input is remembered for their return. */
const MAX_PAGES = 64

/** Joins a socket that the guard let in. */
export function createViewer(socket: WebSocket, handler: PageHandler, pane: Watched): Viewer {
  let typedTimer: NodeJS.Timeout | undefined
  const isWithinRate = createAllowance()
  const playback = createPlayback(socket, () => pane.greet(viewer))
  const viewer: Viewer & { page: string | undefined; size: TerminalSize } = {
    page: undefined,
    size: { columns: 0, rows: 0 },
    greeting: ({ typed }) => ({ ...handler.hello(), typed: typed.get(viewer.page!) ?? 0 }),
    playback,
    send(message) {
      if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message))
    },
    accepted(shell, bytes) {
      const page = viewer.page!
      const total = (shell.typed.get(page) ?? 0) + bytes
      // Moved to the end: the first is the one that has been away longest.
      shell.typed.delete(page)
      shell.typed.set(page, total)
      if (shell.typed.size > MAX_PAGES) shell.typed.delete(shell.typed.keys().next().value!)
      typedTimer ??= setTimeout(tellTyped, TYPED_EVERY, shell)
    },
    close: (code, reason) => socket.close(code, reason),
    drop() {
      socket.removeAllListeners('message')
      socket.terminate()
    },
  }

  // No refusal: a page that was only slow comes again.
  const joinTimer = setTimeout(() => socket.terminate(), JOIN_WITHIN)
  keepAlive(socket)
  socket.on('message', (data, isBinary) => {
    if (!isWithinRate()) return refuse('too many messages in a second')
    const bytes = bytesOf(data)
    if (!isBinary) return receive(bytes.toString())
    if (viewer.page === undefined) return refuse('input came before join')
    pane.typed(viewer, bytes)
  })
  socket.on('error', () => socket.terminate())
  socket.on('close', () => {
    clearTimeout(joinTimer)
    clearTimeout(typedTimer)
    playback.close()
    pane.left(viewer)
  })
  return viewer

  function receive(text: string): void {
    let message: ClientMessage
    try {
      message = parseClientMessage(text)
    } catch {
      refuse('this message is not part of the protocol')
      return
    }
    if ((message.type === 'join') === (viewer.page !== undefined)) {
      refuse('join comes first, and once')
      return
    }
    switch (message.type) {
      case 'join':
        clearTimeout(joinTimer)
        viewer.page = message.page
        playback.hasSeen(message.seen)
        viewer.size = { columns: message.columns, rows: message.rows }
        pane.joined(viewer)
        break
      case 'ack':
        playback.acknowledged(message.bytes)
        pane.flowed()
        break
      case 'resize':
        viewer.size = { columns: message.columns, rows: message.rows }
        pane.resized(viewer)
        break
      case 'start':
        pane.start(viewer)
        break
      case 'ping':
        viewer.send({ type: 'pong' })
        break
      case 'run':
        void handler.run(message).then(answer => answer && viewer.send(answer))
        break
      case 'cancel':
        handler.cancel(message)
    }
  }

  function tellTyped(shell: Shell): void {
    // What waits for a program to read has not arrived.
    const isWaiting = shell.input.waiting > 0
    typedTimer = isWaiting ? setTimeout(tellTyped, TYPED_EVERY, shell) : undefined
    const bytes = shell.typed.get(viewer.page!)
    if (!isWaiting && bytes !== undefined) viewer.send({ type: 'typed', bytes })
  }

  function refuse(reason: string): void {
    // What else is on the way must not do anything.
    socket.removeAllListeners('message')
    socket.close(CLOSE.badMessage, reason)
  }
}

/** @returns whether one more message is within `RATE` */
function createAllowance(): () => boolean {
  let allowance = RATE.burst
  let countedAt = performance.now()
  return () => {
    const now = performance.now()
    allowance = Math.min(RATE.burst, allowance + ((now - countedAt) * RATE.perSecond) / 1000) - 1
    countedAt = now
    return allowance >= 0
  }
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data)
}
