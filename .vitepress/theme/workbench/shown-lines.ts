import type { Terminal } from '@xterm/xterm'
import { errorLine, tellingLine } from './telling-line.ts'

/** How far above its end an error is looked for. Lines. */
const LOOK_BACK = 200

/**
 * Brings the error into sight that the last command has printed, if it is above what is seen.
 *
 * @returns whether there is one
 */
export function showError(terminal: Terminal): boolean {
  const { baseY, cursorY } = terminal.buffer.active
  const last = baseY + cursorY
  const first = Math.max(last - LOOK_BACK, 0)
  const error = errorLine(linesOf(terminal, first, last))
  if (error >= 0 && first + error < baseY) terminal.scrollToLine(first + error)
  return error >= 0
}

/** Where the line is that says most of those that are seen, pixels from the first. */
export function tellingRow(terminal: Terminal): number {
  const { viewportY } = terminal.buffer.active
  const row = tellingLine(linesOf(terminal, viewportY, viewportY + terminal.rows - 1))
  const screen = terminal.element?.querySelector('.xterm-screen')
  return (row * (screen?.clientHeight ?? 0)) / terminal.rows
}

function linesOf({ buffer: { active } }: Terminal, first: number, last: number): string[] {
  const rows = Array.from({ length: last - first + 1 }, (_, index) => active.getLine(first + index))
  return rows.map(row => row?.translateToString(true) ?? '')
}
