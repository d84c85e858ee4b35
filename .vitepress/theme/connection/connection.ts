import type { ClientMessage, ServerMessage } from '../../../playground/protocol.ts'
import { createCounter } from './counter.ts'
import { createKeyboard } from './keyboard.ts'
import {
  createLastingSocket,
  type LastingSocket,
  type LastingSocketOptions,
  type Link,
} from './lasting-socket.ts'
import { createShownShell, type ShownShellOptions } from './shown-shell.ts'

export interface Size {
  columns: number
  rows: number
}

/** Where a pane's bytes are shown. */
export interface Sink {
  /** `parsed` is called once the bytes are on the screen. */
  write(bytes: Uint8Array, parsed: () => void): void
  /** Empties the screen and its scrollback. */
  reset(): void
  setSize(size: Size): void
  /** While muted it answers nothing that a program asks of its terminal. */
  setMuted(muted: boolean): void
}

export interface ConnectionOptions
  extends Pick<LastingSocketOptions, 'url' | 'key' | 'isServerThere'>,
    Omit<ShownShellOptions, 'keyboard'> {
  /** Of the window, before the first `fit`. */
  size: Size
  sink: Sink
  onMessage(message: ServerMessage): void
  onLink(link: Link): void
  /** Calls back when the page has been away: asleep, hidden, without a network. Returns what ends it. */
  onWake?(listener: () => void): () => void
}

export interface Connection {
  /** Sent now, or not at all: what waits for a connection must look at `onLink`. */
  send(message: ClientMessage): void
  /** What is typed; kept until the server has it. */
  input(bytes: Uint8Array): void
  /** The window has this size now. */
  fit(size: Size): void
  retry(): void
  /** To be called before the shell is ended for a fresh one. Returns what leaves it, if its end has not been heard of. */
  startOver(): () => void
  close(): void
}

/** Milliseconds between two questions whether the server is still there, and for the answer. */
const PROBE = { every: 20_000, within: 5000 }

/** Of this load of the page: tells the server which input it has had. */
const page = [...crypto.getRandomValues(new Uint8Array(8))]
  .map(byte => byte.toString(16).padStart(2, '0'))
  .join('')

/** One pane's WebSocket, opened again whenever it is lost, until `close`. */
export function createConnection(options: ConnectionOptions): Connection {
  const { sink, onLink } = options
  let own = options.size
  /** What the server knows of it. */
  let told = own
  /** This window decides the size. */
  let yours = true
  const counter = createCounter(bytes => send({ type: 'ack', bytes }), settle)
  const keyboard = createKeyboard(bytes => socket.send(bytes.slice()), options.onNotice)
  const shell = createShownShell({ ...options, keyboard })
  const socket = createLastingSocket({
    ...options,
    onOpen() {
      told = own
      const seen = shell.seen()
      send({ type: 'join', page, ...own, ...(seen && { seen }) })
    },
    onText(text) {
      probe.answered()
      receive(JSON.parse(text))
    },
    onBytes(bytes) {
      probe.answered()
      shell.advance(counter.live(bytes.length))
      sink.write(bytes, counter.expect(bytes.length))
    },
    onGone(how) {
      probe.answered()
      keyboard.pause()
      if (how === 'reset') shell.forget()
    },
  })
  const probe = createProbe(() => send({ type: 'ping' }), socket)
  const stopWaking = options.onWake?.(wake)

  socket.retry()
  return {
    send(message) {
      if (message.type === 'start') shell.replace()
      send(message)
    },
    input: keyboard.type,
    fit(size) {
      own = size
      settle()
    },
    retry: socket.retry,
    startOver() {
      // A socket that is on its way has joined no shell yet.
      const isUnchanged = socket.unchanged()
      return () => {
        if (!isUnchanged()) return
        shell.forget()
        socket.retry()
      }
    },
    close() {
      probe.end()
      stopWaking?.()
      socket.close()
    },
  }

  function receive(message: ServerMessage): void {
    switch (message.type) {
      case 'hello':
        greet(message)
        break
      case 'size':
        yours = message.yours
        if (!yours) sink.setSize(message)
        settle()
        return
      case 'typed':
        keyboard.arrived(message.bytes)
        return
      case 'pong':
        return
      case 'exit':
        shell.ended()
    }
    options.onMessage(message)
  }

  function greet(hello: ServerMessage & { type: 'hello' }): void {
    const { picture, old } = hello
    socket.greeted()
    shell.show(hello)
    yours = hello.yours
    counter.restart(picture ?? 0, old)
    if (picture !== undefined) sink.reset()
    sink.setSize(hello)
    settle()
    onLink({ kind: 'connected' })
  }

  /** Not while old output is drawn: it was printed for the size that the server said. */
  function settle(): void {
    const { isGreeted } = socket
    sink.setMuted(counter.isOld() || !yours)
    if (counter.isOld()) return
    if (yours || !isGreeted) sink.setSize(own)
    if (!isGreeted || (told.columns === own.columns && told.rows === own.rows)) return
    told = own
    send({ type: 'resize', ...own })
  }

  function wake(): void {
    if (socket.isGreeted) probe.ask()
    else if (socket.isWaiting) socket.retry()
  }

  function send(message: ClientMessage): void {
    socket.send(JSON.stringify(message))
  }
}

/** Asks now and then whether the server is still there: a socket whose other end has gone without a word looks open for minutes. */
function createProbe(ping: () => void, socket: LastingSocket) {
  let limit: ReturnType<typeof setTimeout> | undefined
  const heartbeat = setInterval(ask, PROBE.every)

  return {
    ask,
    /** Something has come, or the socket is another one. */
    answered(): void {
      clearTimeout(limit)
      limit = undefined
    },
    end: () => clearInterval(heartbeat),
  }

  function ask(): void {
    if (!socket.isGreeted || limit !== undefined) return
    ping()
    limit = setTimeout(socket.retry, PROBE.within)
  }
}
