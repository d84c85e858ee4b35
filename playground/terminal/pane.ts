/** One pty, its shell and its screen, with a name; pages watch it, the runner types into it. */
import { randomBytes } from 'node:crypto'
import type { ReadStream } from 'node:tty'
import { type IPty, spawn } from 'node-pty'
import type { WebSocket } from 'ws'
import { CLOSE, type ClientMessage, type PaneState, type ServerMessage, SIZE } from '../protocol.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { reasonOf } from './close-reason.ts'
import { createHistory } from './history.ts'
import { createInput } from './input.ts'
import { createMarkScanner, type Mark } from './marks.ts'
import { createWatcher, type Greeting, type Shell, type Size, type Watcher } from './viewer.ts'

export type PaneEvent =
  | Mark
  /** What shell and programs print, between the marks. */
  | { kind: 'output'; bytes: Buffer }
  /** Ctrl-C was written, by a page or by the runner. */
  | { kind: 'interrupt' }
  | { kind: 'state'; state: PaneState }
  /** The shell is gone, and everything it printed has been read. */
  | { kind: 'exit'; status: number }

/** What a page is told of the transcripts when it joins, and who answers its `run` and `cancel`. */
export interface PageHandler {
  hello(): Pick<ServerMessage & { type: 'hello' }, 'verdicts' | 'skipped'>
  run(message: ClientMessage & { type: 'run' }): Promise<ServerMessage | undefined>
  cancel(message: ClientMessage & { type: 'cancel' }): void
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
  /**
   * Takes a socket that the guard let in. The first page to come starts the shell; one that comes after its end
   * is shown how it ended.
   */
  attach(socket: WebSocket, handler: PageHandler): void
  /** Sends every page away with this code, one of `CLOSE`, and a reason for people. */
  dismiss(code: number, reason?: string): void
  /**
   * Resolves when the shell is gone, which the sandbox's end brings about: to be called once that has begun. What
   * joins the shell to its terminal may have been stopped with it, and would never notice.
   */
  ended(): Promise<void>
}

const START_TIMEOUT_MS = 10_000
/** node-pty drops what it has not read 200 ms after the shell's exit: a paused pty must be looked at more often. */
const PAUSED_CHECK_MS = 50
/** Output that comes after this many quiet milliseconds is sent at once: somebody is waiting for an echo. */
const QUIET_MS = 4
/** A read of this many bytes or more comes from a program that prints faster than it is read: Linux gives 4095. */
const FULL_READ = 4000
/** What is sent in one go in a flood; never held longer, because a short wait costs more than a frame. */
const GATHER = { bytes: 64 * 1024, milliseconds: 1 }
/** Input that no program reads may wait up to this many bytes, from all pages together. */
export const MAX_WAITING = 1024 * 1024

/** What node-pty has and its types do not show; the version is pinned. */
type Pty = IPty & { fd: number; _socket: ReadStream }

export function createPane(name: string, sandbox: Sandbox): Pane {
  const listeners = new Set<(event: PaneEvent) => void>()
  const watchers = new Map<Watcher, PageHandler>()
  let pty: Pty | undefined
  let shell: Shell | undefined
  let starting: Promise<void> | undefined
  let exited = Promise.resolve()
  let state: PaneState = 'ended'
  let shellPid: number | undefined
  let size: Size = { columns: SIZE.columns, rows: SIZE.rows }
  /** The page that was typed in last: its window decides the size. */
  let decider: Watcher | undefined
  let flushing: NodeJS.Immediate | undefined
  /** The last read was a full one. */
  let full = false
  let flushedAt = 0
  let paused: NodeJS.Timeout | undefined
  /** Pictures that are being made; the shell waits for them, or it would run away from them. */
  let pictures = 0

  const pane: Pane = {
    name,
    get state() {
      return state
    },
    get shell() {
      return shellPid
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
      for (const watcher of watchers.keys()) if (watcher.greeted) watcher.send(message)
    },
    attach(socket, handler) {
      watchers.set(
        createWatcher(socket, { joined, typed, resized, start, run, cancel, flowed, redraw: greet, left }),
        handler,
      )
    },
    dismiss(code, reason) {
      for (const watcher of watchers.keys()) watcher.close(code, reason)
    },
    ended() {
      if (pty) signal(pty.pid, 'SIGCONT')
      return exited
    },
  }
  return pane

  async function startShell(): Promise<void> {
    if (pty) return
    shellPid = undefined
    const aid = randomBytes(8).toString('hex')
    const [file, ...args] = sandbox.command(['bash', '--rcfile', sandbox.rcFile])
    const started = spawnPty(file!, args, {
      ...sandbox.env,
      PLAYGROUND_AID: aid,
      PLAYGROUND_FOLDER: sandbox.cwd,
    })
    pty = started
    shell?.history.close()
    const history = createHistory(size)
    const input = createInput(started.fd, () => !started._socket.destroyed)
    const mine: Shell = {
      id: randomBytes(8).toString('hex'),
      history,
      input,
      status: undefined,
      typed: new Map(),
    }
    shell = mine
    const scan = createMarkScanner(aid, { output: bytes => emit({ kind: 'output', bytes }), mark: onMark })
    started.onData(data => {
      // `encoding: null` gives bytes; the types know text only.
      const bytes = data as unknown as Buffer
      history.push(bytes)
      scan(bytes)
      // Somebody may wait for an echo; a flood, which comes in full reads, is cheaper in fewer frames.
      if (bytes.length < FULL_READ && performance.now() - flushedAt > QUIET_MS) flush()
      else flushing ??= setImmediate(gather, performance.now(), history.end)
      full = bytes.length >= FULL_READ
    })
    exited = new Promise(resolve => {
      started.onExit(({ exitCode, signal }) => {
        const status = signal ? 128 + signal : exitCode
        mine.status = status
        input.close()
        pty = undefined
        resume()
        setState('ended')
        emit({ kind: 'exit', status })
        flush()
        resolve()
      })
    })
    const prompt = firstPrompt()
    setState('running')
    // Before the prompt: pages see it come.
    for (const watcher of watchers.keys()) if (watcher.page !== undefined) greet(watcher)
    await prompt
  }

  /** @throws Error with one line for people */
  function spawnPty(file: string, args: string[], env: Record<string, string>): Pty {
    const { columns: cols, rows } = size
    try {
      return spawn(file, args, { name: env.TERM, cols, rows, cwd: '/', env, encoding: null }) as Pty
    } catch (error) {
      throw new Error(
        `no further terminal can be had on this machine (${(error as Error).message}); close some and try again`,
      )
    }
  }

  function firstPrompt(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () =>
          done(new Error(`no prompt within ${START_TIMEOUT_MS / 1000} s; Start over gives a fresh sandbox`)),
        START_TIMEOUT_MS,
      )
      const unlisten = pane.listen(event => {
        if (event.kind === 'prompt') done()
        if (event.kind === 'exit')
          done(
            new Error(
              `the shell ended with ${event.status} before its first prompt; Start over gives a fresh sandbox`,
            ),
          )
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
      shellPid = mark.shell ?? shellPid
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

  function write(text: string | Uint8Array): void {
    const bytes = Buffer.from(text as string)
    if (bytes.includes(3)) emit({ kind: 'interrupt' })
    if (pty) shell?.input.write(bytes)
  }

  /** @param since milliseconds at, and offset after, the first bytes that were not sent at once */
  function gather(since: number, from: number): void {
    flushing = undefined
    const isEnough = !full || !shell || shell.history.end - from >= GATHER.bytes
    if (isEnough || performance.now() - since > GATHER.milliseconds) flush()
    else flushing = setImmediate(gather, since, from)
  }

  function flush(): void {
    clearImmediate(flushing)
    flushing = undefined
    flushedAt = performance.now()
    for (const watcher of watchers.keys()) watcher.pump()
    flowed()
  }

  /**
   * The shell waits while every page that watches has more to parse than it can soon: the fastest one sets the
   * pace, the others are shown the latest screen when they are ready for it.
   */
  function flowed(): void {
    const watching = [...watchers.keys()].filter(watcher => watcher.greeted)
    const wait = pictures > 0 || (watching.length > 0 && watching.every(watcher => watcher.full))
    if (!wait) {
      resume()
      return
    }
    if (!pty || paused) return
    const { pid } = pty
    pty.pause()
    paused = setInterval(() => {
      // What it has printed must be read before node-pty throws it away; the history has room for it.
      if (!isAlive(pid)) resume()
      else flowed()
    }, PAUSED_CHECK_MS)
  }

  function resume(): void {
    if (!paused) return
    clearInterval(paused)
    paused = undefined
    pty?.resume()
  }

  function joined(watcher: Watcher): void {
    for (const other of watchers.keys()) {
      // A page that comes back before its old socket is known to be dead: what that one still has to say would
      // come twice.
      if (other !== watcher && other.page === watcher.page) other.drop()
    }
    if (!decider) decide(watcher)
    if (shell) greet(watcher)
    else start(watcher)
  }

  function greet(watcher: Watcher): void {
    if (!shell) return
    pictures += 1
    flowed()
    const words = (): Greeting => ({
      ...sizeFor(watcher),
      state,
      sandbox: sandbox.kind,
      unbounded: sandbox.unbounded,
      ...watchers.get(watcher)!.hello(),
    })
    void watcher.greet(shell, words).finally(() => {
      pictures -= 1
      flowed()
    })
  }

  function typed(watcher: Watcher, bytes: Buffer): void {
    if (decider !== watcher) decide(watcher)
    if (!pty || !shell) return
    if (shell.input.waiting + bytes.length > MAX_WAITING) {
      // It is not counted as typed: the page knows that it has not arrived.
      watcher.close(
        CLOSE.failed,
        `No program reads what is typed here; ${MAX_WAITING >> 20} MiB wait already.`,
      )
      return
    }
    watcher.accepted(bytes.length)
    write(bytes)
  }

  function resized(watcher: Watcher): void {
    if (watcher === decider) resize(watcher.size, watcher)
    else watcher.send({ type: 'size', ...sizeFor(watcher) })
  }

  /** From now on this page's window decides. */
  function decide(watcher: Watcher): void {
    const before = decider
    decider = watcher
    if (resize(watcher.size)) return
    for (const each of [before, watcher]) if (each?.greeted) each.send({ type: 'size', ...sizeFor(each) })
  }

  /**
   * @param but knows already
   * @returns whether anything has changed
   */
  function resize(next: Size, but?: Watcher): boolean {
    if (next.columns === size.columns && next.rows === size.rows) return false
    size = { ...next }
    shell?.history.resize(size)
    // Its end may be known to the kernel and not to us yet.
    if (pty && !pty._socket.destroyed) pty.resize(size.columns, size.rows)
    for (const watcher of watchers.keys())
      if (watcher.greeted && watcher !== but) watcher.send({ type: 'size', ...sizeFor(watcher) })
    return true
  }

  function sizeFor(watcher: Watcher): Size & { yours: boolean } {
    return { ...size, yours: watcher === decider }
  }

  function start(watcher: Watcher): void {
    pane.start().catch(error => watcher.close(CLOSE.failed, reasonOf(error)))
  }

  function run(watcher: Watcher, message: ClientMessage & { type: 'run' }): void {
    void watchers
      .get(watcher)!
      .run(message)
      .then(answer => answer && watcher.send(answer))
  }

  function cancel(watcher: Watcher, message: ClientMessage & { type: 'cancel' }): void {
    watchers.get(watcher)!.cancel(message)
  }

  function left(watcher: Watcher): void {
    watchers.delete(watcher)
    if (decider === watcher) {
      decider = undefined
      const heir = [...watchers.keys()].findLast(({ page }) => page !== undefined)
      if (heir) decide(heir)
    }
    flowed()
  }
}

function isAlive(pid: number): boolean {
  return signal(pid, 0)
}

/** @returns whether there is such a process */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
