/** A bash in its pty, from its first byte to its last. */
import { randomBytes } from 'node:crypto'
import type { ReadStream } from 'node:tty'
import { type IPty, spawn } from 'node-pty'
import type { Sandbox } from '../sandbox/kind.ts'
import { createHistory, type History } from './history.ts'
import { createInput, type Input } from './input.ts'
import { createMarkScanner, type MarkListener } from './marks.ts'
import type { TerminalSize } from './mirror.ts'

export interface Shell {
  /** Names it to pages. */
  readonly id: string
  readonly history: History
  readonly input: Input
  /** Exit status, once it is gone and everything it has printed is in the history. */
  readonly status: number | undefined
  /** Bytes that each page has typed into it, by the page's token; the latest pages only. */
  readonly typed: Map<string, number>
  /** Resolves when it is gone. */
  readonly exited: Promise<void>
  resize(size: TerminalSize): void
  /** Leaves unread what it prints from now on, so that it waits; or goes on reading. */
  hold(waits: boolean): void
  /** The terminal goes away: the kernel tells the shell and its foreground program (SIGHUP). */
  hangUp(): void
  /** To be called when its end has begun: what joins it to its terminal may be stopped, and would never notice. */
  wake(): void
}

export interface ShellListener extends MarkListener {
  /** Ctrl-C was written. */
  interrupt(): void
  /** The history may have something for the pages, which are to say whether the shell may go on. */
  flush(): void
  exit(status: number): void
}

/** node-pty drops what it has not read 200 ms after the shell's exit: a paused pty must be looked at more often. */
const PAUSED_CHECK_MS = 50
/** Output that comes after this many quiet milliseconds is sent at once: somebody is waiting for an echo. */
const QUIET_MS = 4
/** A read of this many bytes or more comes from a program that prints faster than it is read: Linux gives 4095. */
const FULL_READ = 4000
/** What is sent in one go in a flood; never held longer, because a short wait costs more than a frame. */
const GATHER = { bytes: 64 * 1024, milliseconds: 1 }

/** What node-pty has and its types do not show; the version is pinned. */
type Pty = IPty & { fd: number; _socket: ReadStream; destroy(): void }

/** @throws Error with one line for people */
export function createShell(sandbox: Sandbox, size: TerminalSize, on: ShellListener): Shell {
  const aid = randomBytes(8).toString('hex')
  const pty = spawnPty(sandbox, aid, size)
  const history = createHistory(size)
  const input = createInput(pty.fd, () => !pty._socket.destroyed, on.interrupt)
  const scan = createMarkScanner(aid, on)
  const { promise: exited, resolve } = Promise.withResolvers<void>()
  let flushing: NodeJS.Immediate | undefined
  /** The last read was a full one. */
  let full = false
  let flushedAt = 0
  let paused: NodeJS.Timeout | undefined

  pty.onData(data => {
    // `encoding: null` gives bytes; the types know text only.
    const bytes = data as unknown as Buffer
    history.push(bytes)
    scan(bytes)
    full = bytes.length >= FULL_READ
    // Somebody may wait for an echo; a flood, which comes in full reads, is cheaper in fewer frames.
    if (!full && performance.now() - flushedAt > QUIET_MS) flush()
    else flushing ??= setImmediate(gather, performance.now(), history.end)
  })
  pty.onExit(({ exitCode, signal }) => {
    const status = signal ? 128 + signal : exitCode
    shell.status = status
    input.close()
    hold(false)
    on.exit(status)
    flush()
    resolve()
  })

  const shell: Shell & { status: number | undefined } = {
    id: randomBytes(8).toString('hex'),
    history,
    input,
    status: undefined,
    typed: new Map(),
    exited,
    resize(next) {
      history.resize(next)
      // Its end may be known to the kernel and not to us yet.
      if (!pty._socket.destroyed) pty.resize(next.columns, next.rows)
    },
    hold,
    hangUp() {
      hold(false)
      if (shell.status === undefined) pty.destroy()
    },
    wake() {
      if (shell.status === undefined) sendSignal(pty.pid, 'SIGCONT')
    },
  }
  return shell

  /** @param since milliseconds at, and offset after, the first bytes that were not sent at once */
  function gather(since: number, from: number): void {
    const isEnough = !full || history.end - from >= GATHER.bytes
    if (isEnough || performance.now() - since > GATHER.milliseconds) flush()
    else flushing = setImmediate(gather, since, from)
  }

  function flush(): void {
    clearImmediate(flushing)
    flushing = undefined
    flushedAt = performance.now()
    on.flush()
  }

  function hold(waits: boolean): void {
    if (!waits) {
      if (paused) pty.resume()
      clearInterval(paused)
      paused = undefined
    } else if (!paused && shell.status === undefined) {
      pty.pause()
      // What it has printed must be read before node-pty throws it away; the history has room for it.
      paused = setInterval(() => (sendSignal(pty.pid, 0) ? on.flush() : hold(false)), PAUSED_CHECK_MS)
    }
  }
}

function spawnPty(sandbox: Sandbox, aid: string, { columns: cols, rows }: TerminalSize): Pty {
  const [file, ...args] = sandbox.command(['bash', '--rcfile', sandbox.rcFile])
  const env = { ...sandbox.env, PLAYGROUND_AID: aid, PLAYGROUND_FOLDER: sandbox.cwd }
  try {
    return spawn(file!, args, { name: sandbox.env.TERM, cols, rows, cwd: '/', env, encoding: null }) as Pty
  } catch (error) {
    const reason = (error as Error).message
    throw new Error(`no further terminal can be had on this machine (${reason}); close some and try again`)
  }
}

/** @returns whether there is such a process */
function sendSignal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
