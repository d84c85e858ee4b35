/** One pty, its shell and its screen, with a name; pages join it, the runner types into it. */
import { randomBytes } from 'node:crypto'
import { spawn } from 'node-pty'
import type { RawData, WebSocket } from 'ws'
import { createFlow } from './flow.ts'
import { createMarkScanner, type Mark } from './marks.ts'
import {
  CLOSE,
  type ClientMessage,
  type PaneState,
  parseClientMessage,
  type ServerMessage,
  SIZE,
} from './protocol.ts'
import type { Sandbox } from './sandbox.ts'

export type PaneEvent =
  | Mark
  /** What shell and programs print, between the marks. */
  | { kind: 'output'; bytes: Buffer }
  /** Ctrl-C was written, by a page or by the runner. */
  | { kind: 'interrupt' }
  | { kind: 'state'; state: PaneState }
  /** The shell is gone, and everything it printed has been read. */
  | { kind: 'exit'; status: number }

/** What a page is told of the transcripts when it joins, and who answers its `run`. */
export interface PageHandler {
  hello(): Pick<ServerMessage & { type: 'hello' }, 'verdicts' | 'skipped'>
  run(message: ClientMessage & { type: 'run' }): Promise<ServerMessage | undefined>
}

export interface Pane {
  readonly name: string
  readonly state: PaneState
  /** Pid of the shell inside its sandbox. */
  readonly shell: number | undefined
  /** Starts a shell if there is none and resolves when it is at its prompt. */
  start(): Promise<void>
  /** Writes to the pty as if typed. */
  write(input: string | Uint8Array): void
  /** Types one line of a command as a paste, so that no character of it is a key, and Enter. */
  type(line: string): void
  /** @returns the function that ends listening */
  listen(listener: (event: PaneEvent) => void): () => void
  /** Sends to every page that has joined. */
  tell(message: ServerMessage): void
  /** Joins a socket that the guard let in. */
  attach(socket: WebSocket, handler: PageHandler): void
  /** Sends every page away with this code, one of `CLOSE`. */
  dismiss(code: number): void
  /** Resolves when the shell is gone, which the sandbox's end brings about. */
  ended(): Promise<void>
}

/** Kept for a page that joins later, bytes. */
const TAIL_BYTES = 256 * 1024
/** Larger ones are cut: the page gets to draw in between. Bytes. */
const FRAME_BYTES = 128 * 1024
/** What a socket may hold unsent before the shell waits, whatever the page acknowledges. Bytes. */
const MAX_BUFFERED = 1024 * 1024
const PING_MS = 20_000
const START_TIMEOUT_MS = 10_000
/** node-pty drops what it has not read 200 ms after the shell's exit: a paused pty must be looked at more often. */
const PAUSED_CHECK_MS = 50

export function createPane(name: string, sandbox: Sandbox): Pane {
  const listeners = new Set<(event: PaneEvent) => void>()
  const pages = new Set<Page>()
  let pty: ReturnType<typeof spawn> | undefined
  let starting: Promise<void> | undefined
  let exited = Promise.resolve()
  let state: PaneState = 'ended'
  let shell: number | undefined
  let size = { columns: SIZE.columns as number, rows: SIZE.rows as number }
  let tail: Buffer[] = []
  let tailBytes = 0
  let unsent: Buffer[] = []
  let paused: NodeJS.Timeout | undefined

  const pane: Pane = {
    name,
    get state() {
      return state
    },
    get shell() {
      return shell
    },
    start() {
      starting ??= startShell().finally(() => {
        starting = undefined
      })
      return starting
    },
    write,
    type(line) {
      setState('typing')
      // The paste's own end inside it would turn the rest into keys.
      write(`\x1b[200~${line.replace(/(?!\t)\p{Cc}/gu, '')}\x1b[201~\r`)
    },
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    tell(message) {
      for (const page of pages) page.send(message)
    },
    attach,
    dismiss(code) {
      for (const page of pages) page.socket.close(code)
    },
    ended: () => exited,
  }
  return pane

  async function startShell(): Promise<void> {
    if (pty) return
    tail = []
    tailBytes = 0
    unsent = []
    shell = undefined
    const aid = randomBytes(8).toString('hex')
    const [file, ...args] = sandbox.command(['bash', '--rcfile', sandbox.rcFile])
    const started = spawn(file!, args, {
      name: sandbox.env.TERM,
      cols: size.columns,
      rows: size.rows,
      cwd: '/',
      env: { ...sandbox.env, PLAYGROUND_AID: aid, PLAYGROUND_FOLDER: sandbox.cwd },
      encoding: null,
    })
    pty = started
    const scan = createMarkScanner(aid, { output: bytes => emit({ kind: 'output', bytes }), mark: onMark })
    started.onData(data => {
      // `encoding: null` gives bytes; the types know text only.
      const bytes = data as unknown as Buffer
      scan(bytes)
      keep(bytes)
      if (unsent.push(bytes) === 1) setImmediate(flush)
    })
    exited = new Promise(resolve => {
      started.onExit(({ exitCode, signal }) => {
        const status = signal ? 128 + signal : exitCode
        flush()
        pty = undefined
        resume()
        setState('ended')
        emit({ kind: 'exit', status })
        pane.tell({ type: 'exit', status })
        resolve()
      })
    })
    await firstPrompt()
    for (const page of pages) page.hello()
  }

  function firstPrompt(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => done(new Error(`no prompt within ${START_TIMEOUT_MS / 1000} s`)),
        START_TIMEOUT_MS,
      )
      const unlisten = pane.listen(event => {
        if (event.kind === 'prompt') done()
        if (event.kind === 'exit')
          done(new Error(`the shell ended with ${event.status} before its first prompt`))
      })
      function done(error?: Error) {
        clearTimeout(timer)
        unlisten()
        if (error) reject(error)
        else resolve()
      }
    })
  }

  function onMark(mark: Mark): void {
    if (mark.kind === 'prompt') {
      shell = mark.shell ?? shell
      setState(mark.continuation ? 'typing' : 'idle')
    }
    if (mark.kind === 'start') setState('running')
    emit(mark)
  }

  function setState(next: PaneState): void {
    if (state === next) return
    state = next
    emit({ kind: 'state', state })
  }

  function emit(event: PaneEvent): void {
    for (const listener of [...listeners]) listener(event)
  }

  function write(input: string | Uint8Array): void {
    const bytes = Buffer.from(input as string)
    if (bytes.includes(3)) emit({ kind: 'interrupt' })
    pty?.write(bytes)
  }

  function keep(bytes: Buffer): void {
    tail.push(bytes)
    tailBytes += bytes.length
    while (tailBytes - tail[0]!.length > TAIL_BYTES) tailBytes -= tail.shift()!.length
  }

  function flush(): void {
    if (unsent.length === 0) return
    const bytes = unsent.length === 1 ? unsent[0]! : Buffer.concat(unsent)
    unsent = []
    for (let from = 0; from < bytes.length; from += FRAME_BYTES)
      for (const page of pages) page.output(bytes.subarray(from, from + FRAME_BYTES))
    throttle()
  }

  /** The shell waits while a page has more to parse than it can soon. */
  function throttle(): void {
    const full = [...pages].some(page => page.flow.full || page.socket.bufferedAmount > MAX_BUFFERED)
    if (full && pty && !paused) {
      const { pid } = pty
      pty.pause()
      paused = setInterval(() => {
        if (!isAlive(pid)) resume()
        else throttle()
      }, PAUSED_CHECK_MS)
    } else if (!full) resume()
  }

  function resume(): void {
    clearInterval(paused)
    paused = undefined
    pty?.resume()
  }

  function attach(socket: WebSocket, handler: PageHandler): void {
    const page: Page = {
      socket,
      flow: createFlow(),
      send(message) {
        if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message))
      },
      output(bytes) {
        if (!page.greeted || socket.readyState !== socket.OPEN) return
        page.flow.sent(bytes.length)
        socket.send(bytes)
      },
      greeted: false,
      hello() {
        page.flow = createFlow()
        page.greeted = true
        const replay = lastLines()
        page.send({
          type: 'hello',
          ...size,
          state,
          sandbox: sandbox.kind,
          replay: replay.length,
          ...handler.hello(),
        })
        if (replay.length > 0) page.output(replay)
      },
    }
    pages.add(page)
    let missed = 0
    const heartbeat = setInterval(() => {
      if (missed++ >= 2) socket.terminate()
      else socket.ping()
    }, PING_MS)
    socket.on('pong', () => {
      missed = 0
    })
    socket.on('message', (data, isBinary) => {
      if (isBinary) write(bytesOf(data))
      else void receive(page, handler, bytesOf(data).toString())
    })
    socket.on('error', () => socket.terminate())
    socket.on('close', () => {
      clearInterval(heartbeat)
      pages.delete(page)
      throttle()
    })
    if (state !== 'ended') {
      flush()
      page.hello()
    }
  }

  async function receive(page: Page, handler: PageHandler, text: string): Promise<void> {
    let message: ClientMessage
    try {
      message = parseClientMessage(text)
    } catch {
      return page.socket.close(CLOSE.badMessage, 'this message is not part of the protocol')
    }
    switch (message.type) {
      case 'ack':
        page.flow.acknowledged(message.bytes)
        return throttle()
      case 'resize':
        size = { columns: message.columns, rows: message.rows }
        return pty?.resize(size.columns, size.rows)
      case 'start':
        await pane.start().catch(error => page.socket.close(CLOSE.failed, reasonOf(error)))
        return
      case 'run': {
        const answer = await handler.run(message)
        if (answer) page.send(answer)
      }
    }
  }

  /** The kept output from the beginning of a line on. */
  function lastLines(): Buffer {
    const kept = Buffer.concat(tail)
    return kept.length <= TAIL_BYTES ? kept : kept.subarray(kept.indexOf(10, kept.length - TAIL_BYTES) + 1)
  }
}

interface Page {
  socket: WebSocket
  flow: ReturnType<typeof createFlow>
  /** No bytes before `hello`, which says from where the page counts them. */
  greeted: boolean
  send(message: ServerMessage): void
  output(bytes: Buffer): void
  hello(): void
}

/** A close reason has room for 123 bytes (RFC 6455, 5.5.1). */
export function reasonOf(error: unknown): string {
  let reason = error instanceof Error ? error.message : String(error)
  while (Buffer.byteLength(reason) > 123) reason = reason.slice(0, -1)
  return reason
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data)
}
