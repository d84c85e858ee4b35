import { CLOSE, type ClientMessage, type ServerMessage, SUBPROTOCOL } from '../../../playground/protocol.ts'
import { createCounter } from './counter.ts'
import { createKeyboard } from './keyboard.ts'
import { createRetryTimer } from './retry-timer.ts'

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
  /** The shell that an earlier load of this page has shown, by its id. */
  before?: string
  /** Called with the id of the shell that is shown; undefined: a new one will be no surprise. */
  onShell?(id: string | undefined): void
  /** Of the window, before the first `fit`. */
  size: Size
  sink: Sink
  onMessage(message: ServerMessage): void
  onLink(link: Link): void
  /** One sentence for the reader about something that has been lost. */
  onNotice(message: string): void
  /** Whether the server answers at all: tells a refusal from a server that is away. */
  isServerThere(): Promise<boolean>
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

const GONE =
  'The shell that was here is gone: the server was restarted, or nobody watched this lesson for a while. ' +
  'This is a new one; your files are as you left them.'

const NOT_TYPED = 'What you typed in between was not sent to it.'

/** Of this load of the page: tells the server which input it has had. */
const page = [...crypto.getRandomValues(new Uint8Array(8))]
  .map(byte => byte.toString(16).padStart(2, '0'))
  .join('')

/** One pane's WebSocket, opened again whenever it is lost, until `close`. */
export function createConnection(options: ConnectionOptions): Connection {
  const { sink, onLink } = options
  let own = options.size
  /** Until the first `hello`. */
  let { before } = options
  /** What the server knows of it. */
  let told = own
  let socket: WebSocket | undefined
  let closed = false
  let greeted = false
  /** The server was there before the attempt that is under way. */
  let wasThere = false
  /** What the screen shows; `ended`: a new shell is no surprise. */
  let shell: { id: string; at: number; ended: boolean } | undefined
  /** This window decides the size. */
  let yours = true
  let probe: ReturnType<typeof setTimeout> | undefined
  const counter = createCounter(bytes => send({ type: 'ack', bytes }), settle)
  const keyboard = createKeyboard(bytes => socket?.send(bytes.slice()), options.onNotice)
  const timer = createRetryTimer(open, seconds => onLink({ kind: 'waiting', seconds }))
  const heartbeat = setInterval(ask, PROBE.every)
  const stopWaking = options.onWake?.(wake)

  open()
  return {
    send(message) {
      if (message.type === 'start' && shell) shell.ended = true
      send(message)
    },
    input: keyboard.type,
    fit(size) {
      own = size
      settle()
    },
    retry,
    startOver() {
      const old = socket
      return () => {
        // One that is on its way has joined no shell yet.
        if (old && socket === old && old.readyState !== WebSocket.CONNECTING) restart()
      }
    },
    close() {
      closed = true
      clearInterval(heartbeat)
      stopWaking?.()
      abandon()
    },
  }

  function open(): void {
    onLink({ kind: 'connecting' })
    const opened = new WebSocket(options.url, [SUBPROTOCOL, `key.${options.key()}`])
    greeted = false
    socket = opened
    opened.binaryType = 'arraybuffer'
    opened.onopen = () => {
      if (opened !== socket) return
      const seen = shell && { shell: shell.id, at: shell.at }
      told = own
      send({ type: 'join', page, ...own, ...(seen && { seen }) })
    }
    opened.onmessage = ({ data }) => {
      if (opened !== socket) return
      clearTimeout(probe)
      probe = undefined
      if (typeof data === 'string') receive(JSON.parse(data))
      else show(new Uint8Array(data as ArrayBuffer))
    }
    opened.onclose = ({ code, reason }) => {
      if (opened === socket) void lost(code, reason)
    }
  }

  function show(bytes: Uint8Array): void {
    if (shell) shell.at += counter.live(bytes.length)
    sink.write(bytes, counter.expect(bytes.length))
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
        if (shell) shell.ended = true
        options.onShell?.(undefined)
    }
    options.onMessage(message)
  }

  function greet(hello: Extract<ServerMessage, { type: 'hello' }>): void {
    const { picture, old } = hello
    greeted = true
    wasThere = false
    timer.reset()
    if (shell?.id === hello.shell) keyboard.resume(hello.typed)
    else {
      const lost = keyboard.restart(shell === undefined)
      const isSurprise = shell ? !shell.ended : before !== undefined && before !== hello.shell
      if (isSurprise) options.onNotice(lost ? `${GONE} ${NOT_TYPED}` : GONE)
    }
    shell = { id: hello.shell, at: hello.at, ended: hello.state === 'ended' }
    before = undefined
    options.onShell?.(shell.ended ? undefined : hello.shell)
    yours = hello.yours
    counter.restart(picture ?? 0, old)
    if (picture !== undefined) sink.reset()
    sink.setSize(hello)
    settle()
    onLink({ kind: 'connected' })
  }

  /** Not while old output is drawn: it was printed for the size that the server said. */
  function settle(): void {
    sink.setMuted(counter.isOld() || !yours)
    if (counter.isOld()) return
    if (yours || !greeted) sink.setSize(own)
    if (!greeted || (told.columns === own.columns && told.rows === own.rows)) return
    told = own
    send({ type: 'resize', ...own })
  }

  async function lost(code: number, reason: string): Promise<void> {
    const was = socket
    const hadGreeted = greeted
    greeted = false
    keyboard.pause()
    if (code === CLOSE.reset) return restart()
    const final = finalReason(code, reason)
    if (final !== undefined) return onLink({ kind: 'failed', reason: final })
    // A refused upgrade looks to a page like a server that is away; only asking it tells them apart.
    const isThere = !hadGreeted && (await options.isServerThere())
    if (socket !== was || closed) return
    if (isThere && wasThere) return onLink({ kind: 'refused' })
    wasThere = isThere
    // It may have come back after it was tried.
    if (isThere) open()
    else timer.wait()
  }

  /** A socket whose other end has gone without a word looks open for minutes. */
  function ask(): void {
    if (!greeted || probe !== undefined) return
    send({ type: 'ping' })
    probe = setTimeout(retry, PROBE.within)
  }

  function wake(): void {
    if (greeted) ask()
    else if (timer.waiting) retry()
  }

  /** The reader has asked for a fresh shell. */
  function restart(): void {
    options.onShell?.(undefined)
    before = undefined
    shell = undefined
    retry()
  }

  function retry(): void {
    wasThere = false
    timer.reset()
    abandon()
    open()
  }

  function send(message: ClientMessage): void {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
  }

  function abandon(): void {
    timer.cancel()
    clearTimeout(probe)
    probe = undefined
    greeted = false
    keyboard.pause()
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
