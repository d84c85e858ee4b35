/** One pty, its shell and its screen, with a name; pages watch it, the runner types into it. */
import type { WebSocket } from 'ws'
import { CLOSE, type PaneState, type ServerMessage } from '../protocol.ts'
import type { Sandbox } from '../sandbox/kind.ts'
import { patience } from '../sandbox/patience.ts'
import { createAudience } from './audience.ts'
import type { Mark } from './marks.ts'
import { createShell, type Shell } from './shell.ts'
import type { PageHandler } from './viewer.ts'

export type PaneEvent =
  | Mark
  /** What shell and programs print, between the marks. */
  | { kind: 'output'; bytes: Buffer }
  /** Ctrl-C was written, by a page or by the runner. */
  | { kind: 'interrupt' }
  | { kind: 'state'; state: PaneState }
  /** The shell is gone, and everything it printed has been read. */
  | { kind: 'exit'; status: number }
  /** Nobody will hear of it again. */
  | { kind: 'closed' }

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
  /** Hangs up, as who closes a terminal's window does, and sends every page away. Nothing of it is heard any more. */
  close(): void
  /** Resolves when the shell is gone, which the sandbox's end brings about: to be called once that has begun. */
  ended(): Promise<void>
}

const START_TIMEOUT_MS = 10_000
const WAKE_EVERY_MS = 20

export function createPane(name: string, sandbox: Sandbox): Pane {
  const listeners = new Set<(event: PaneEvent) => void>()
  let shell: Shell | undefined
  let starting: Promise<void> | undefined

  const pane: Pane & { state: PaneState; shell: number | undefined } = {
    name,
    state: 'ended',
    shell: undefined,
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
    tell: message => audience.tell(() => message),
    attach: (socket, handler) => audience.attach(socket, handler),
    dismiss: (code, reason) => audience.dismiss(code, reason),
    close() {
      emit({ kind: 'closed' })
      listeners.clear()
      audience.dismiss(CLOSE.failed, 'This terminal was closed.')
      shell?.hangUp()
    },
    async ended() {
      shell?.wake()
      // What goes on before the kernel has ended it may stop once more, and what joined the sandbox with it.
      const again = setInterval(() => shell?.wake(), WAKE_EVERY_MS)
      await shell?.exited
      clearInterval(again)
    },
  }
  const audience = createAudience({
    shell: () => shell,
    start: pane.start,
    greeting: () => ({
      state: pane.state,
      pid: pane.shell,
      sandbox: sandbox.kind,
      unbounded: sandbox.unbounded,
    }),
  })
  return pane

  async function startShell(): Promise<void> {
    if (shell && shell.status === undefined) return
    pane.shell = undefined
    const next = createShell(sandbox, audience.size, {
      output: bytes => emit({ kind: 'output', bytes }),
      mark,
      interrupt: () => emit({ kind: 'interrupt' }),
      flush: audience.flush,
      exit(status) {
        setState('ended')
        emit({ kind: 'exit', status })
      },
    })
    shell?.history.close()
    shell = next
    const prompt = firstPrompt(pane)
    setState('running')
    // Before the prompt: pages see it come.
    audience.greetAll()
    await prompt
  }

  function mark(mark: Mark): void {
    if (mark.kind === 'prompt') {
      pane.shell = mark.shell ?? pane.shell
      setState(mark.continuation ? 'typing' : 'idle')
    }
    if (mark.kind === 'start') setState('running')
    emit(mark)
  }

  function setState(next: PaneState): void {
    if (pane.state === next) return
    pane.state = next
    emit({ kind: 'state', state: next })
  }

  function emit(event: PaneEvent): void {
    for (const listener of [...listeners]) listener(event)
  }

  function write(input: string | Uint8Array): void {
    shell?.input.write(Buffer.from(input as string))
  }
}

/** Resolves when its shell is at its prompt; rejects with one line. */
function firstPrompt(pane: Pane): Promise<void> {
  return new Promise((resolve, reject) => {
    const limit = patience(START_TIMEOUT_MS)
    const timer = setTimeout(done, limit, `no prompt within ${limit / 1000} s`)
    const unlisten = pane.listen(event => {
      if (event.kind === 'prompt') done()
      if (event.kind === 'exit') done(`the shell ended with ${event.status} before its first prompt`)
    })
    function done(trouble?: string) {
      clearTimeout(timer)
      unlisten()
      if (trouble) reject(new Error(`${trouble}; Start over gives a fresh sandbox`))
      else resolve()
    }
  })
}
