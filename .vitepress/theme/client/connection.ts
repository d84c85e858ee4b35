import {
  ACK_EVERY,
  CLOSE,
  type ClientMessage,
  type ServerMessage,
  SUBPROTOCOL,
} from '../../../playground/protocol.ts'

/** Where a pane's bytes are shown. */
export interface Sink {
  /** `parsed` is called once the bytes are on the screen. */
  write(bytes: Uint8Array, parsed: () => void): void
  /** Empties the screen and its scrollback. */
  reset(): void
  /** Columns and rows. */
  size(): { columns: number; rows: number }
}

export type Link =
  | { kind: 'connecting' }
  | { kind: 'connected' }
  /** Lost; tries again in so many seconds. */
  | { kind: 'waiting'; seconds: number }
  /** The server answers but does not let us in. Tries again when `retry` is called. */
  | { kind: 'refused' }
  /** The server gave up on this pane, and why. Tries again when `retry` is called. */
  | { kind: 'failed'; reason: string }

export interface ConnectionOptions {
  url: string
  /** Asked before every attempt: the reader may have opened the link meanwhile. */
  key(): string
  sink: Sink
  onMessage(message: ServerMessage): void
  onLink(link: Link): void
  /** Whether the server answers at all: tells a refusal from a server that is away. */
  isServerThere(): Promise<boolean>
}

export interface Connection {
  /** Sent now, or not at all: what waits for a connection must look at `onLink`. */
  send(message: ClientMessage): void
  input(bytes: Uint8Array): void
  retry(): void
  close(): void
}

/** Milliseconds before the first and, doubling, before every later attempt. */
const BACKOFF = { first: 500, most: 8000 }
/** Bytes. A paste goes out in pieces well below what a frame may hold. */
const INPUT_CHUNK = 64 * 1024

/** One pane's WebSocket, opened again whenever it is lost, until `close`. */
export function createConnection(options: ConnectionOptions): Connection {
  const { sink, onLink } = options
  let socket: WebSocket | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let delay = BACKOFF.first
  let closed = false
  const counter = createCounter(bytes => send({ type: 'ack', bytes }))

  open()
  return {
    send,
    input(bytes) {
      // What a terminal answers to old output was answered when it was new: the shell would read garbage.
      if (socket?.readyState !== WebSocket.OPEN || counter.isReplaying()) return
      for (let at = 0; at < bytes.length; at += INPUT_CHUNK) {
        // A copy: what is sent must not be a view of more than the piece.
        socket.send(bytes.slice(at, at + INPUT_CHUNK))
      }
    },
    retry() {
      delay = BACKOFF.first
      abandon()
      open()
    },
    close() {
      closed = true
      abandon()
    },
  }

  function open(): void {
    onLink({ kind: 'connecting' })
    const opened = new WebSocket(options.url, [SUBPROTOCOL, `key.${options.key()}`])
    let greeted = false
    socket = opened
    opened.binaryType = 'arraybuffer'
    opened.onmessage = ({ data }) => {
      if (opened !== socket) return
      if (typeof data !== 'string') {
        const bytes = new Uint8Array(data as ArrayBuffer)
        sink.write(bytes, counter.expect(bytes.length))
        return
      }
      const message = JSON.parse(data) as ServerMessage
      if (message.type === 'hello') {
        greeted = true
        delay = BACKOFF.first
        counter.restart(message.replay)
        sink.reset()
        send({ type: 'resize', ...sink.size() })
        onLink({ kind: 'connected' })
      }
      // A shell that had ended before this page came says so instead of hello.
      if (message.type === 'exit' && !greeted) onLink({ kind: 'connected' })
      options.onMessage(message)
    }
    opened.onclose = ({ code, reason }) => {
      if (opened === socket) void lost(code, reason, greeted)
    }
  }

  async function lost(code: number, reason: string, greeted: boolean): Promise<void> {
    const was = socket
    if (code === CLOSE.reset) return open()
    const final = finalReason(code, reason)
    if (final !== undefined) return onLink({ kind: 'failed', reason: final })
    // A refused upgrade looks to a page like a server that is away; only asking it tells them apart.
    if (!greeted && (await options.isServerThere())) {
      if (socket === was && !closed) onLink({ kind: 'refused' })
      return
    }
    if (socket === was && !closed) wait()
  }

  function wait(): void {
    // Jitter: a room full of pages must not come back in the same instant.
    const milliseconds = delay * (0.75 + Math.random() / 2)
    delay = Math.min(delay * 2, BACKOFF.most)
    countDown(Date.now() + milliseconds)
  }

  function countDown(until: number): void {
    const left = until - Date.now()
    if (left <= 0) {
      open()
      return
    }
    onLink({ kind: 'waiting', seconds: Math.ceil(left / 1000) })
    timer = setTimeout(countDown, Math.min(left, 1000), until)
  }

  function send(message: ClientMessage): void {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
  }

  function abandon(): void {
    clearTimeout(timer)
    const old = socket
    socket = undefined
    old?.close()
  }
}

/** Why trying again by itself would not help; undefined where it may. */
function finalReason(code: number, reason: string): string | undefined {
  if (code === CLOSE.failed) return reason || 'The server could not start this shell.'
  if (code === CLOSE.badMessage) return 'This page does not fit the server that runs: reload the page.'
  return undefined
}

/**
 * Counts the bytes that the screen has parsed and acknowledges their total every `ACK_EVERY`, so that the
 * server never runs further ahead than the screen can follow.
 */
function createCounter(acknowledge: (total: number) => void) {
  let hello = 0
  let parsed = 0
  let acknowledged = 0
  let old = 0
  return {
    /** The first `replay` bytes from here on are old output. */
    restart(replay: number) {
      hello += 1
      parsed = acknowledged = 0
      old = replay
    },
    isReplaying: () => parsed < old,
    /** To be called when these bytes are parsed; what was sent before a `hello` no longer counts after it. */
    expect(bytes: number): () => void {
      const mine = hello
      return () => {
        if (mine !== hello) return
        parsed += bytes
        if (parsed - acknowledged < ACK_EVERY) return
        acknowledged = parsed
        acknowledge(parsed)
      }
    },
  }
}
