/** A terminal without a screen, to learn what bytes draw. */
import headless from '@xterm/headless'
import { drawTerminal } from './picture.ts'

export interface TerminalSize {
  columns: number
  rows: number
}

export interface Mirror {
  /** Parses now. */
  write(bytes: Uint8Array | string): void
  resize(size: TerminalSize): void
  /** @returns what makes a cleared terminal of this size look and behave the same */
  draw(): string
  close(): void
}

/** As many lines as a page keeps. */
const SCROLLBACK = 5000
/** In all, so that a wide terminal takes no more memory. A cell takes 12 bytes. */
const MAX_CELLS = 1_000_000

/** What xterm.js 6.0.0 does not tell, or does only later. */
interface Core {
  writeSync(bytes: Uint8Array | string): void
  _inputHandler: Record<string, (parameters: { length: number; params: number[] }) => boolean>
}

/** Sequences that xterm.js repeats as often as they say, up to 2^31 times: ten bytes would stop the server. */
const REPEATED = {
  I: 'cursorForwardTab',
  L: 'insertLines',
  M: 'deleteLines',
  S: 'scrollUp',
  T: 'scrollDown',
  Z: 'cursorBackwardTab',
  b: 'repeatPrecedingCharacter',
}

export function createMirror(size: TerminalSize): Mirror {
  const terminal = new headless.Terminal({
    cols: size.columns,
    rows: size.rows,
    scrollback: scrollbackOf(size),
    allowProposedApi: true,
    logLevel: 'off',
  })
  const core = (terminal as unknown as { _core: Core })._core
  for (const [final, name] of Object.entries(REPEATED))
    terminal.parser.registerCsiHandler({ final }, ([count]) => {
      const most = final === 'b' ? terminal.cols * terminal.rows : Math.max(terminal.cols, terminal.rows)
      return (
        typeof count === 'number' && count > most && core._inputHandler[name]!({ length: 1, params: [most] })
      )
    })

  return {
    write: bytes => core.writeSync(bytes),
    resize(next) {
      terminal.options.scrollback = scrollbackOf(next)
      terminal.resize(next.columns, next.rows)
    },
    draw: () => drawTerminal(terminal),
    close: () => terminal.dispose(),
  }
}

function scrollbackOf({ columns }: TerminalSize): number {
  return Math.min(SCROLLBACK, Math.floor(MAX_CELLS / columns))
}
