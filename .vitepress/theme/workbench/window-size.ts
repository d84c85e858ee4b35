import { FitAddon, type ITerminalDimensions } from '@xterm/addon-fit'
import type { Terminal } from '@xterm/xterm'
import { SIZE } from '../../../playground/protocol.ts'
import type { Size } from '../connection/connection.ts'

/** Pixels, where the reader has chosen none: a terminal shrinks before it scrolls sideways. */
const FONT_SIZES = [13, 12.5, 12, 11.5, 11]
/** Milliseconds that a size must have held before the shell is told: a drag would redraw it at each pixel. */
const RESIZE_DELAY = 50
/** Width of xterm's scrollbar, pixels; the fit addon leaves as much. */
const SCROLLBAR = 14
/** Left of the letters, pixels: Pane.vue's. */
const PADDING = 10

/**
 * Fits an open terminal to its box, and follows it.
 *
 * @param fontSize pixels; undefined: the largest usual one at which 80 columns fit
 * @param onFit it has room for so much now
 */
export function createWindowSize(
  terminal: Terminal,
  fontSize: number | undefined,
  onFit: (room: Size) => void,
) {
  const fit = new FitAddon()
  terminal.loadAddon(fit)
  let chosen = fontSize
  let room: Size = { columns: SIZE.columns, rows: SIZE.rows }
  /** Columns that are seen at once: fewer than the room's in a small box. */
  let visible = room.columns
  let timer: ReturnType<typeof setTimeout> | undefined
  const observer = new ResizeObserver(() => {
    clearTimeout(timer)
    timer = setTimeout(fill, RESIZE_DELAY)
  })

  measure()
  observer.observe(terminal.element!.parentElement!)
  return {
    room: () => room,
    /** What is wider than the box scrolls sideways in it. */
    setSize({ columns, rows }: Size): void {
      terminal.resize(columns, rows)
      const screen = terminal.element!.querySelector('.xterm-screen')!
      const isWide = columns > visible
      terminal.element!.style.width = isWide ? `${screen.clientWidth + SCROLLBAR + 16}px` : ''
    },
    setFontSize(pixels: number | undefined): void {
      chosen = pixels
      fill()
    },
    end(): void {
      clearTimeout(timer)
      observer.disconnect()
    },
  }

  function fill(): void {
    measure()
    onFit(room)
  }

  function measure(): void {
    const proposed = proposeIn(terminal, fit, chosen)
    if (!proposed) return
    visible = proposed.cols
    room = roomFor(proposed)
  }
}

/**
 * The usual sizes without those that are too large: xterm.js styles the whole page anew for each that it is given.
 * It measures letters in the same way.
 */
export function likelySizes(fontFamily: string, box: HTMLElement): number[] {
  const context = document.createElement('canvas').getContext('2d')!
  const first = FONT_SIZES.findIndex(size => {
    context.font = `${size}px ${fontFamily}`
    // A whole line is rounded to the next pixel.
    return Math.floor(context.measureText('W').width * SIZE.columns) <= box.clientWidth - PADDING - SCROLLBAR
  })
  return first < 0 ? FONT_SIZES.slice(-1) : FONT_SIZES.slice(first)
}

/** What fits into its box, in the size that was chosen or in the largest usual one at which 80 columns do. */
function proposeIn(
  terminal: Terminal,
  fit: FitAddon,
  chosen: number | undefined,
): ITerminalDimensions | undefined {
  const box = terminal.element?.parentElement
  if (!box || box.clientWidth === 0 || box.clientHeight === 0) return undefined
  let proposed: ITerminalDimensions | undefined
  for (const size of chosen === undefined ? likelySizes(terminal.options.fontFamily!, box) : [chosen]) {
    terminal.options.fontSize = size
    proposed = fit.proposeDimensions()
    if ((proposed?.cols ?? 0) >= SIZE.columns) break
  }
  return proposed
}

/** Never fewer than 80 columns, because `ss` lays out by width: where they do not fit the element scrolls sideways. */
function roomFor({ cols, rows }: ITerminalDimensions): Size {
  const within = (count: number, least: number) => Math.min(Math.max(count, least), SIZE.max)
  // The browser's own scrollbar takes about a row.
  const below = cols < SIZE.columns ? 1 : 0
  return { columns: within(cols, SIZE.columns), rows: within(rows - below, SIZE.min) }
}
