/**
 * Draws a terminal: bytes that make a cleared one of the same size look and behave the same.
 *
 * Written here because @xterm/addon-serialize loses what full-screen programs leave behind: erased cells with a
 * colour, the scroll region, the hidden cursor, saved cursors, styled underlines, links, a pending wrap.
 */
import type { IBufferCell, Terminal } from '@xterm/headless'
import { type Attributes, createPen, HAS_EXTENDED, type Links, MODE, type Pen, plain, sgrOf } from './pen.ts'

/** A cell's text may be this long, with what is stacked on its first character. UTF-16 units. */
const MAX_CLUSTER = 32
/** Inverse, underlined, struck through; overlined: seen where there is no character, too. */
const SEEN_WHEN_EMPTY = { fg: 0x4000000 | 0x10000000 | 0x80000000, bg: 0x40000000 }

/** What the public API of a terminal does not tell; read from xterm.js 6.0.0, the version that is pinned. */
interface Core {
  buffers: { normal: CoreBuffer; alt: CoreBuffer; active: CoreBuffer }
  optionsService: { rawOptions: { cursorBlink: boolean; convertEol: boolean } }
  coreService: {
    isCursorHidden: boolean
    decPrivateModes: { cursorStyle?: 'block' | 'underline' | 'bar'; cursorBlink?: boolean }
  }
  coreMouseService: { activeEncoding: string }
  _charsetService: { charset: Charset; glevel: number; _charsets: Charset[] }
  _inputHandler: { _curAttrData: Attributes; _parser: { precedingJoinState: number } }
  _oscLinkService: Links
}
interface CoreBuffer {
  x: number
  y: number
  ybase: number
  scrollTop: number
  scrollBottom: number
  savedX: number
  savedY: number
  savedCurAttrData: Attributes
  savedCharset: Charset
  tabs: Record<number, boolean>
}
type Charset = Record<string, string> | undefined
type Cell = IBufferCell & Attributes

/** @returns what draws both screens, the cursor and the modes; nothing in it makes a terminal answer or ring */
export function drawTerminal(terminal: Terminal): string {
  const core = (terminal as unknown as { _core: Core })._core
  const { normal, alt, active } = core.buffers
  const pen = createPen(core._oscLinkService)
  let drawn = drawRows(terminal, 'normal', pen)
  if (active === alt) {
    drawn += drawMargins(normal, terminal) + drawSaved(normal, pen) + moveTo(normal.x, normal.y)
    // The other screen is filled with the pen's background.
    drawn += `${pen.plain()}\x1b[?1047h\x1b[H${drawRows(terminal, 'alternate', pen)}`
  }
  return drawn + drawMargins(active, terminal) + drawSaved(active, pen) + drawCursor(terminal, core, pen)
}

/** @returns what sets the private modes of a cleared terminal alike, and chooses its screen */
export function drawPrivateModes(terminal: Terminal): string {
  const core = (terminal as unknown as { _core: Core })._core
  const screen = core.buffers.active === core.buffers.alt ? '\x1b[?1047h' : ''
  return screen + (terminal.modes.originMode ? '\x1b[?6h' : '') + drawModes(terminal, core)
}

function drawRows(terminal: Terminal, which: 'normal' | 'alternate', pen: Pen): string {
  const buffer = terminal.buffer[which]
  const cell = buffer.getNullCell() as Cell
  const rows: string[] = []
  // An alternate screen that was empty when it shrank has rows above it, against its nature.
  const first = which === 'alternate' ? buffer.baseY : 0
  for (let index = first; index < buffer.length; index++) {
    const line = buffer.getLine(index)!
    let row = ''
    let gap = 0
    for (let column = 0; column < terminal.cols; column += cell.getWidth() || 1) {
      line.getCell(column, cell)
      // The first half of a wide character may be left in the last column when a terminal shrinks.
      const text = column + cell.getWidth() > terminal.cols ? '' : textOf(cell)
      if (text === '' && (cell.bg & MODE) === 0) {
        gap++
        continue
      }
      if (gap > 0) row += `\x1b[${gap}C`
      gap = 0
      row += text === '' ? `${pen.background(cell)}\x1b[X\x1b[C` : pen.style(cell) + text
    }
    // A new row gets the pen's background.
    row += pen.plain()
    if (index + 1 < buffer.length) {
      line.getCell(terminal.cols - 1, cell)
      row += buffer.getLine(index + 1)!.isWrapped ? drawWrap(terminal.cols, cell, pen) : '\r\n'
    }
    rows.push(row)
  }
  return rows.join('')
}

/** An empty cell that shows a line through it, or is inverse, is a blank. */
function textOf(cell: Cell): string {
  const text = cell.getChars()
  if (text !== '') return text.length > MAX_CLUSTER ? text.slice(0, MAX_CLUSTER) : text
  const isSeen = (cell.fg & SEEN_WHEN_EMPTY.fg) !== 0 || (cell.bg & SEEN_WHEN_EMPTY.bg) !== 0
  return isSeen && cell.getWidth() > 0 ? ' ' : ''
}

/** Only a character that has no room begins a row that belongs to the one above. */
function drawWrap(columns: number, last: Cell, pen: Pen): string {
  if (last.getWidth() === 0 || (last.getWidth() === 1 && textOf(last) !== '')) return ' \r\x1b[X'
  return `\x1b[${columns}G  \x1b[A\x1b[${columns}G${pen.background(last)}\x1b[X${pen.plain()}\x1b[B\r\x1b[X`
}

/** The scroll region and the tab stops. The cursor is at home afterwards, or where it was. */
function drawMargins(buffer: CoreBuffer, { cols, rows }: Terminal): string {
  let drawn = ''
  const stops = Array.from({ length: cols }, (_, column) => column).filter(column => buffer.tabs[column])
  if (stops.length !== Math.ceil(cols / 8) || stops.some(column => column % 8 !== 0))
    drawn += `\x1b[3g${stops.map(column => `\x1b[${column + 1}G\x1bH`).join('')}`
  if (buffer.scrollTop !== 0 || buffer.scrollBottom !== rows - 1)
    drawn += `\x1b[${buffer.scrollTop + 1};${buffer.scrollBottom + 1}r`
  return drawn
}

/** What ESC 8, or the end of the alternate screen, brings back. */
function drawSaved(buffer: CoreBuffer, pen: Pen): string {
  const { savedX, savedY, savedCurAttrData: saved, savedCharset } = buffer
  const charset = designate('(', savedCharset)
  const drawn = `${moveTo(savedX, Math.max(savedY - buffer.ybase, 0))}${pen.style({ ...plain(), fg: saved.fg, bg: saved.bg & ~HAS_EXTENDED })}`
  return `${drawn}${charset}\x1b7${charset && '\x1b(B'}`
}

function drawCursor(terminal: Terminal, core: Core, pen: Pen): string {
  const { active } = core.buffers
  const { _curAttrData: current, _parser } = core._inputHandler
  const { modes } = terminal
  const settings = drawModes(terminal, core)
  const charsets = drawCharsets(core)
  const top = modes.originMode ? active.scrollTop : 0
  const last = lastPrinted(terminal, core)
  const origin = modes.originMode ? '\x1b[?6h' : ''
  const insert = modes.insertMode ? '\x1b[4h' : ''
  // What follows may join the last character, or begin a row after it: then that is printed anew.
  const joins = _parser.precedingJoinState !== 0
  if (!last || !(joins || active.x === terminal.cols))
    return settings + charsets + insert + origin + moveTo(active.x, active.y - top) + pen.style(current)
  const place = origin + moveTo(last.column, active.y - top)
  const print = pen.style(last.cell) + textOf(last.cell)
  // Where it is inserted it needs its room anew.
  const room = insert && `\x1b[${last.cell.getWidth()}P${insert}`
  if (joins) return settings + charsets + place + room + print + pen.style(current)
  // Any sequence between keeps what follows from joining.
  return place + print + (pen.style(current) || sgrOf(current)) + settings + charsets + insert
}

function lastPrinted(terminal: Terminal, core: Core): { column: number; cell: Cell } | undefined {
  const { x, y, ybase } = core.buffers.active
  const line = terminal.buffer.active.getLine(ybase + y)
  if (!line || x === 0) return undefined
  let column = x - 1
  if (line.getCell(column)?.getWidth() === 0 && column > 0) column--
  const cell = line.getCell(column) as Cell | undefined
  if (cell && cell.getChars() === '' && x === terminal.cols) return { column, cell: blankOf(cell) }
  return cell && cell.getChars() !== '' && column + cell.getWidth() === x ? { column, cell } : undefined
}

/** Erased after it was printed: looks the same as a blank. */
function blankOf(cell: Cell): Cell {
  return Object.assign(Object.create(cell), { getChars: () => ' ' })
}

function drawModes(terminal: Terminal, core: Core): string {
  const { modes } = terminal
  const { cursorStyle, cursorBlink } = core.coreService.decPrivateModes
  const { rawOptions } = core.optionsService
  const mouse = { none: 0, x10: 9, vt200: 1000, drag: 1002, any: 1003 }[modes.mouseTrackingMode]
  const encoding = { SGR: 1006, SGR_PIXELS: 1016 }[core.coreMouseService.activeEncoding]
  const set: (number | false | undefined)[] = [
    modes.applicationCursorKeysMode && 1,
    modes.applicationKeypadMode && 66,
    modes.bracketedPasteMode && 2004,
    modes.reverseWraparoundMode && 45,
    rawOptions.cursorBlink && 12,
    mouse,
    encoding,
    // A page that has the focus reports it at once, as it must: the page drops what is said during a replay.
    modes.sendFocusMode && 1004,
  ]
  let drawn = set.map(mode => (mode ? `\x1b[?${mode}h` : '')).join('')
  if (core.coreService.isCursorHidden) drawn += '\x1b[?25l'
  if (!modes.wraparoundMode) drawn += '\x1b[?7l'
  if (rawOptions.convertEol) drawn += '\x1b[20h'
  if (cursorStyle)
    drawn += `\x1b[${{ block: 2, underline: 4, bar: 6 }[cursorStyle] - (cursorBlink ? 1 : 0)} q`
  return drawn
}

/** The cursor may be the saved one afterwards. */
function drawCharsets({ _charsetService, buffers }: Core): string {
  const { charset, glevel, _charsets } = _charsetService
  const designated = ['(', ')', '*', '+'].map((slot, index) => designate(slot, _charsets[index]))
  // With the cursor its charset was brought back, whatever is designated.
  const restored = charset !== _charsets[glevel] && charset === buffers.active.savedCharset
  return designated.join('') + ['', '\x0e', '\x1bn', '\x1bo'][glevel] + (restored ? '\x1b8' : '')
}

/** Line drawing and British; the others are of the seventies, and no program here sends them. */
function designate(slot: string, charset: Charset): string {
  if (!charset) return ''
  return charset.q === '─' ? `\x1b${slot}0` : charset['#'] === '£' ? `\x1b${slot}A` : ''
}

function moveTo(x: number, y: number): string {
  return `\x1b[${y + 1};${x + 1}H`
}
