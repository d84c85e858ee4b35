/** A terminal without a screen, to learn what bytes draw. */
import headless from '@xterm/headless'
import { boundSequences } from '../sequences.ts'
import { drawPrivateModes, drawTerminal } from './snapshot.ts'

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
  /** @returns sequences that set its private modes */
  drawModes(): string
  close(): void
}

/** As many lines as a page keeps. */
const SCROLLBACK = 5000
/** In all, so that a wide terminal takes no more memory. A cell takes 12 bytes. */
const MAX_CELLS = 1_000_000

/** What xterm.js 6.0.0 does only later. */
interface Core {
  writeSync(bytes: Uint8Array | string): void
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
  boundSequences(terminal)

  return {
    write: bytes => core.writeSync(bytes),
    resize(next) {
      terminal.options.scrollback = scrollbackOf(next)
      terminal.resize(next.columns, next.rows)
    },
    draw: () => drawTerminal(terminal),
    drawModes: () => drawPrivateModes(terminal),
    close: () => terminal.dispose(),
  }
}

function scrollbackOf({ columns }: TerminalSize): number {
  return Math.min(SCROLLBACK, Math.floor(MAX_CELLS / columns))
}
