/** One page that watches a pane: what it has seen, what it may be sent, what it types. */
import type { RawData, WebSocket } from 'ws'
import { CLOSE, type ClientMessage, parseClientMessage, type ServerMessage } from '../protocol.ts'
import { createFlow } from './flow.ts'
import { keepAlive } from './heartbeat.ts'
import type { History } from './history.ts'
import type { Input } from './input.ts'

export interface Size {
  columns: number
  rows: number
}

/** A shell from its first byte to its last. */
export interface Shell {
  /** Names it to pages. */
  id: string
  history: History
  /** Exit status, once it is gone and everything it has printed is in the history. */
  status: number | undefined
  /** Bytes that each page has typed into it, by the page's token; the latest pages only. */
  typed: Map<string, number>
  input: Input
}

/** What a page is told besides, when its shell is there. */
export type Greeting = Omit<Hello, 'type' | 'shell' | 'at' | 'picture' | 'old' | 'typed'>

/** What a watcher needs of its pane. */
export interface Watched {
  /** It has said who it is and what it has seen. */
  joined(watcher: Watcher): void
  typed(watcher: Watcher, bytes: Buffer): void
  resized(watcher: Watcher): void
  start(watcher: Watcher): void
  run(watcher: Watcher, message: ClientMessage & { type: 'run' }): void
  cancel(watcher: Watcher, message: ClientMessage & { type: 'cancel' }): void
  /** It can take more, or wants less. */
  flowed(): void
  /** It could not keep up: it is to be greeted anew. */
  redraw(watcher: Watcher): void
  left(watcher: Watcher): void
}

export interface Watcher {
  /** The page's token; undefined before it has joined. */
  readonly page: string | undefined
  /** That of its own window. */
  readonly size: Size
  /** Whether it is sent the shell's output. */
  readonly greeted: boolean
  /** Whether it has more to parse than it can soon. */
  readonly full: boolean
  send(message: ServerMessage): void
  /**
   * Begins, or begins anew, to send a shell's output; resolves when the page knows the screen. The page goes on
   * from what it has seen where that is still known.
   */
  greet(shell: Shell, greeting: () => Greeting): Promise<void>
  /** Sends as much as the page can take. */
  pump(): void
  /** Bytes of its input have been handed to the shell. */
  accepted(bytes: number): void
  close(code: number, reason?: string): void
  /** Without a word: another socket of the same page has taken its place. */
  drop(): void
}

type Hello = ServerMessage & { type: 'hello' }

/** Larger ones are cut: the page gets to draw in between. Bytes. */
const FRAME_BYTES = 128 * 1024
/** What a socket may hold unsent before it waits, whatever the page acknowledges. Bytes. */
const MAX_BUFFERED = 1024 * 1024
/** Milliseconds until the first message, which says who is there. */
const JOIN_WITHIN = 10_000
/** A page that cannot keep up is shown the latest screen at most this often. Milliseconds. */
const REDRAW_EVERY = 1000
/** Milliseconds that several keys may share one acknowledgement. */
const TYPED_EVERY = 200
/** Messages that a page may send at once, and per second from then on. The most come as acknowledgements. */
export const RATE = { burst: 20_000, perSecond: 5000 }
/** Pages whose input is remembered for their return. */
const MAX_PAGES = 64

/** Joins a socket that the guard let in. */
export function createWatcher(socket: WebSocket, pane: Watched): Watcher {
  let page: string | undefined
  let seen: (ClientMessage & { type: 'join' })['seen']
  let size: Size = { columns: 0, rows: 0 }
  let flow = createFlow()
  let shell: Shell | undefined
  /** Offset in the shell's output of the next byte to send. */
  let at = 0
  let greeted = false
  let exitTold = false
  let redrawn = Number.NEGATIVE_INFINITY
  let redrawTimer: NodeJS.Timeout | undefined
  let typedTimer: NodeJS.Timeout | undefined
  let allowance = RATE.burst
  let countedAt = performance.now()
  let greeting: () => Greeting

  const watcher: Watcher = {
    get page() {
      return page
    },
    get size() {
      return size
    },
    get greeted() {
      return greeted
    },
    get full() {
      return flow.full || socket.bufferedAmount > MAX_BUFFERED
    },
    send(message) {
      if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message))
    },
    async greet(next, words) {
      shell = next
      greeting = words
      const { history } = shell
      const known = seen?.shell === shell.id && history.read(seen.at, 0) !== undefined
      if (known) return begin({ at: seen!.at })
      if (history.end === 0) return begin({ at: 0, picture: 0 })
      greeted = false
      const picture = await history.picture()
      // Another shell has begun meanwhile, or the page is gone.
      if (shell !== next || socket.readyState !== socket.OPEN) return
      begin({ at: picture.at, picture: picture.bytes.length }, picture.bytes)
    },
    pump,
    accepted(bytes) {
      if (!shell || page === undefined) return
      const total = (shell.typed.get(page) ?? 0) + bytes
      // Moved to the end: the first is the one that has been away longest.
      shell.typed.delete(page)
      shell.typed.set(page, total)
      if (shell.typed.size > MAX_PAGES) shell.typed.delete(shell.typed.keys().next().value!)
      typedTimer ??= setTimeout(tellTyped, TYPED_EVERY)
    },
    close(code, reason) {
      socket.close(code, reason)
    },
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
    if (page === undefined) return refuse('input came before join')
    pane.typed(watcher, bytes)
  })
  socket.on('error', () => socket.terminate())
  socket.on('close', () => {
    clearTimeout(joinTimer)
    clearTimeout(redrawTimer)
    clearTimeout(typedTimer)
    pane.left(watcher)
  })
  return watcher

  function begin(from: { at: number; picture?: number }, bytes?: Buffer): void {
    const { id, typed, history } = shell!
    const old = history.end - from.at
    flow = createFlow()
    at = from.at
    exitTold = false
    greeted = true
    watcher.send({ type: 'hello', shell: id, typed: typed.get(page!) ?? 0, old, ...greeting(), ...from })
    for (let start = 0; bytes && start < bytes.length; start += FRAME_BYTES)
      send(bytes.subarray(start, start + FRAME_BYTES))
    pump()
    pane.flowed()
  }

  function pump(): void {
    clearTimeout(redrawTimer)
    redrawTimer = undefined
    if (!greeted || !shell || socket.readyState !== socket.OPEN) return
    const { history } = shell
    while (at < history.end && !watcher.full) {
      const bytes = history.read(at, FRAME_BYTES)
      if (!bytes) {
        redraw()
        return
      }
      send(bytes)
      at += bytes.length
    }
    if (at === history.end && shell.status !== undefined && !exitTold) {
      exitTold = true
      watcher.send({ type: 'exit', status: shell.status })
    }
  }

  function send(bytes: Buffer): void {
    flow.sent(bytes.length)
    socket.send(bytes)
  }

  /** What it has not seen is no longer kept, because another page was faster: the screen as it is now. */
  function redraw(): void {
    const wait = redrawn + REDRAW_EVERY - performance.now()
    if (wait > 0) {
      redrawTimer ??= setTimeout(pump, wait)
      return
    }
    redrawn = performance.now()
    seen = undefined
    pane.redraw(watcher)
  }

  function receive(text: string): void {
    let message: ClientMessage
    try {
      message = parseClientMessage(text)
    } catch {
      refuse('this message is not part of the protocol')
      return
    }
    if ((message.type === 'join') !== (page === undefined)) {
      refuse('join comes first, and once')
      return
    }
    switch (message.type) {
      case 'join':
        clearTimeout(joinTimer)
        ;({ page, seen } = message)
        size = { columns: message.columns, rows: message.rows }
        pane.joined(watcher)
        return
      case 'ack':
        flow.acknowledged(message.bytes)
        pump()
        pane.flowed()
        return
      case 'resize':
        size = { columns: message.columns, rows: message.rows }
        pane.resized(watcher)
        return
      case 'start':
        pane.start(watcher)
        return
      case 'ping':
        watcher.send({ type: 'pong' })
        return
      case 'run':
        pane.run(watcher, message)
        return
      case 'cancel':
        pane.cancel(watcher, message)
        return
    }
  }

  function tellTyped(): void {
    typedTimer = undefined
    // What waits for a program to read has not arrived.
    if (shell && shell.input.waiting > 0) {
      typedTimer = setTimeout(tellTyped, TYPED_EVERY)
      return
    }
    const bytes = page === undefined ? undefined : shell?.typed.get(page)
    if (bytes !== undefined) watcher.send({ type: 'typed', bytes })
  }

  function refuse(reason: string): void {
    // What else is on the way must not do anything.
    socket.removeAllListeners('message')
    socket.close(CLOSE.badMessage, reason)
  }

  function isWithinRate(): boolean {
    const now = performance.now()
    allowance = Math.min(RATE.burst, allowance + ((now - countedAt) * RATE.perSecond) / 1000)
    countedAt = now
    allowance -= 1
    return allowance >= 0
  }
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data)
}
