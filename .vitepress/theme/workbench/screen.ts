import { FitAddon, type ITerminalDimensions } from '@xterm/addon-fit'
import { WebLinksAddon } from '@xterm/addon-web-links'
import { Terminal } from '@xterm/xterm'
import '@xterm/xterm/css/xterm.css'
import { SIZE } from '../../../playground/protocol.ts'
import { boundSequences } from '../../../playground/terminal/sequences.ts'
import type { Sink, Size } from '../client/connection.ts'
import { palette } from './palette.ts'

export interface ScreenOptions {
  /** Pixels; undefined: the largest usual one at which 80 columns fit. */
  fontSize: number | undefined
  dark: boolean
  screenReader: boolean
  label: string
  onInput(bytes: Uint8Array): void
  /** The element has room for so much now. */
  onFit(size: Size): void
  /** Escape was pressed twice. */
  onLeave(): void
  onFocus(): void
}

/** A terminal on the page. The only module that knows xterm.js: it is loaded when a pane comes into view. */
export interface Screen extends Sink {
  focus(): void
  setDark(dark: boolean): void
  setScreenReader(on: boolean): void
  setFontSize(pixels: number | undefined): void
  /** The one in use, pixels. */
  fontSize(): number
  /** What the element has room for. */
  room(): Size
  dispose(): void
}

/** Pixels, where the reader has chosen none: a terminal shrinks before it scrolls sideways. */
const FONT_SIZES = [13, 12.5, 12, 11.5, 11]
/** Milliseconds that a size must have held before the shell is told: a drag would redraw it at each pixel. */
const RESIZE_DELAY = 50
/** Milliseconds between two Escapes that are one wish to leave; vim's own come slower. */
const LEAVE_WITHIN = 400
/** Width of xterm's scrollbar, pixels; the fit addon leaves as much. */
const SCROLLBAR = 14
/** xterm.js looks at the clock between two pieces. Bytes; the dearest sequences take a tenth of a second. */
const PIECE = 4096
/** Left of the letters, pixels: Pane.vue's. */
const PADDING = 10

/** Opens a terminal that fills `element` and follows its size until it is disposed. */
export function openScreen(element: HTMLElement, options: ScreenOptions): Screen {
  const { fontFamily } = getComputedStyle(element)
  const terminal = new Terminal({
    cols: SIZE.columns,
    rows: SIZE.rows,
    theme: palette[options.dark ? 'dark' : 'light'],
    fontFamily,
    fontSize: options.fontSize ?? likelySizes(fontFamily, element)[0],
    lineHeight: 1.25,
    scrollback: 5000,
    cursorStyle: 'bar',
    cursorInactiveStyle: 'outline',
    // The 16 colours have it; the 256 and what programs paint as background may not.
    minimumContrastRatio: 4.5,
    screenReaderMode: options.screenReader,
  })
  boundSequences(terminal)
  const fit = new FitAddon()
  terminal.loadAddon(fit)
  terminal.loadAddon(new WebLinksAddon())
  terminal.attachCustomKeyEventHandler(createKeyHandler(terminal, options.onLeave))
  terminal.open(element)
  terminal.textarea?.setAttribute('aria-label', options.label)
  terminal.textarea?.addEventListener('focus', options.onFocus)

  const encoder = new TextEncoder()
  const input = createGathering(options.onInput)
  terminal.onData(text => input(encoder.encode(text)))
  terminal.onBinary(text => input(Uint8Array.from(text, char => char.charCodeAt(0))))
  let muted = false
  muteAnswers(terminal, () => muted)

  let fontSize = options.fontSize
  let room: Size = { columns: SIZE.columns, rows: SIZE.rows }
  /** Columns that are seen at once: fewer than the room's in a small box. */
  let visible = room.columns
  const measure = () => {
    const proposed = proposeIn(terminal, fit, fontSize)
    if (!proposed) return
    visible = proposed.cols
    room = roomFor(proposed)
  }
  const fill = () => {
    measure()
    options.onFit(room)
  }
  measure()
  let timer: ReturnType<typeof setTimeout> | undefined
  const observer = new ResizeObserver(() => {
    clearTimeout(timer)
    timer = setTimeout(fill, RESIZE_DELAY)
  })
  observer.observe(element)

  return {
    write(bytes, parsed) {
      const last = Math.max(0, bytes.length - PIECE)
      for (let at = 0; at < last; at += PIECE) terminal.write(bytes.subarray(at, Math.min(at + PIECE, last)))
      terminal.write(bytes.subarray(last), parsed)
    },
    reset: () => terminal.reset(),
    setSize({ columns, rows }) {
      terminal.resize(columns, rows)
      // What is wider than the element scrolls sideways in it.
      const screen = terminal.element!.querySelector('.xterm-screen')!
      const isWide = columns > visible
      terminal.element!.style.width = isWide ? `${screen.clientWidth + SCROLLBAR + 16}px` : ''
    },
    setMuted(on) {
      muted = on
    },
    room: () => room,
    focus: () => terminal.focus(),
    setDark(dark) {
      terminal.options.theme = palette[dark ? 'dark' : 'light']
    },
    setScreenReader(on) {
      terminal.options.screenReaderMode = on
    },
    setFontSize(pixels) {
      fontSize = pixels
      fill()
    },
    fontSize: () => terminal.options.fontSize ?? 0,
    dispose() {
      clearTimeout(timer)
      observer.disconnect()
      terminal.dispose()
    },
  }
}

/**
 * The usual sizes without those that are too large: xterm.js styles the whole page anew for each that it is given.
 * It measures letters in the same way.
 */
function likelySizes(fontFamily: string, box: HTMLElement): number[] {
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

/**
 * Programs ask terminals what they are and where the cursor is. Of several that show the same shell one may answer,
 * and none to a question that was asked before it looked.
 */
function muteAnswers({ parser }: Terminal, muted: () => boolean): void {
  // Device attributes, status and modes, size of the window; xterm's own handlers answer where these say false.
  for (const id of [
    { final: 'c' },
    { prefix: '>', final: 'c' },
    { final: 'n' },
    { prefix: '?', final: 'n' },
    { intermediates: '$', final: 'p' },
    { prefix: '?', intermediates: '$', final: 'p' },
    { final: 't' },
  ])
    parser.registerCsiHandler(id, muted)
  parser.registerDcsHandler({ intermediates: '$', final: 'q' }, muted)
  // Colours: with `?` they are asked for, else they are set.
  for (const id of [4, 10, 11, 12]) parser.registerOscHandler(id, data => muted() && data.includes('?'))
}

/** As one what comes at once: a terminal answers a thousand questions in a piece, and messages are counted. */
function createGathering(send: (bytes: Uint8Array) => void): (bytes: Uint8Array<ArrayBuffer>) => void {
  let parts: Uint8Array<ArrayBuffer>[] = []
  return bytes => {
    parts.push(bytes)
    if (parts.length > 1) return
    queueMicrotask(() => {
      const gathered = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
      let at = 0
      for (const part of parts) {
        gathered.set(part, at)
        at += part.length
      }
      parts = []
      send(gathered)
    })
  }
}

/** Escape twice leaves; Ctrl-Shift-C copies, where the browser would open its inspector. */
function createKeyHandler(terminal: Terminal, onLeave: () => void) {
  let lastEscape = Number.NEGATIVE_INFINITY
  return (event: KeyboardEvent): boolean => {
    if (event.type !== 'keydown') return true
    const isEscape = event.key === 'Escape' && !event.ctrlKey && !event.altKey && !event.metaKey
    if (isEscape && !event.repeat && event.timeStamp - lastEscape < LEAVE_WITHIN) {
      lastEscape = Number.NEGATIVE_INFINITY
      event.preventDefault()
      onLeave()
      return false
    }
    lastEscape = isEscape ? event.timeStamp : Number.NEGATIVE_INFINITY
    if (event.ctrlKey && event.shiftKey && event.code === 'KeyC') {
      event.preventDefault()
      if (terminal.hasSelection()) void navigator.clipboard.writeText(terminal.getSelection())
      return false
    }
    // Left to the browser, which pastes into the terminal's text area.
    return !(event.ctrlKey && event.shiftKey && event.code === 'KeyV')
  }
}
