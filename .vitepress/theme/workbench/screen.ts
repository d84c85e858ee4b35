import { WebLinksAddon } from '@xterm/addon-web-links'
import { Terminal } from '@xterm/xterm'
import '@xterm/xterm/css/xterm.css'
import { SIZE } from '../../../playground/protocol.ts'
import { boundSequences } from '../../../playground/sequences.ts'
import type { Size } from '../connection/connection.ts'
import type { PaneScreen } from '../connection/terminals.ts'
import type { Workers } from '../machine/worker-state.ts'
import { muteAnswers } from './mute-answers.ts'
import { palette } from './palette.ts'
import { passOver } from './pass-over.ts'
import { markPids } from './pid-marks.ts'
import { whenSettled } from './settled.ts'
import { showError, tellingRow } from './shown-lines.ts'
import { createWindowSize, likelySizes } from './window-size.ts'

export interface ScreenOptions {
  /** Pixels; undefined: the largest usual one at which 80 columns fit. */
  fontSize: number | undefined
  dark: boolean
  screenReader: boolean
  label: string
  /** Whose pids are marked where programs print them. */
  workers: Workers
  /** Escape was pressed twice. */
  onLeave(): void
  onFocus(): void
  /** Where the line is that says most, pixels from the terminal's top: for a pane that has room for one. */
  onLine(top: number): void
}

/** A terminal on the page. The only module that knows xterm.js: it is loaded when a pane comes into view. */
export interface Screen extends PaneScreen {
  focus(): void
  /** The focus goes there, before it: Tab leads past it, once. */
  passOver(from: HTMLElement): void
  /** Takes away all but the line of the prompt. */
  clear(): void
  /** A command begins: what it prints is followed. */
  follow(): void
  /** It has ended: the error that it has ended with is brought into sight, if it is out of it. */
  showError(): void
  setDark(dark: boolean): void
  setScreenReader(on: boolean): void
  setFontSize(pixels: number | undefined): void
  /** The one in use, pixels. */
  fontSize(): number
  dispose(): void
}

/** Milliseconds between two Escapes that are one wish to leave; vim's own come slower. */
const LEAVE_WITHIN = 400
/** xterm.js looks at the clock between two pieces. Bytes; the dearest sequences take a tenth of a second. */
const PIECE = 4096

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
    // Decorations are: for the pids of workers. The version is pinned.
    allowProposedApi: true,
    screenReaderMode: options.screenReader,
  })
  boundSequences(terminal)
  terminal.loadAddon(new WebLinksAddon())
  terminal.attachCustomKeyEventHandler(createKeyHandler(terminal, options.onLeave))
  terminal.open(element)
  terminal.textarea?.setAttribute('aria-label', options.label)
  terminal.textarea?.addEventListener('focus', options.onFocus)

  const leavePids = markPids(terminal, options.workers)
  // That a command has ended may be known before the last of what it has printed is here.
  let wantsError = false
  const settled = whenSettled(terminal, () => {
    if (wantsError) wantsError = !showError(terminal)
    options.onLine(tellingRow(terminal))
  })

  let muted = false
  muteAnswers(terminal, () => muted)

  let onFit = (_: Size) => {}
  const window = createWindowSize(terminal, options.fontSize, room => onFit(room))

  return {
    write(bytes, parsed) {
      const last = Math.max(0, bytes.length - PIECE)
      for (let at = 0; at < last; at += PIECE) terminal.write(bytes.subarray(at, Math.min(at + PIECE, last)))
      terminal.write(bytes.subarray(last), parsed)
    },
    reset: () => terminal.reset(),
    setSize: window.setSize,
    setMuted(on) {
      muted = on
    },
    room: window.room,
    listen(input, fit) {
      const encoder = new TextEncoder()
      const send = createGathering(input)
      terminal.onData(text => send(encoder.encode(text)))
      terminal.onBinary(text => send(Uint8Array.from(text, char => char.charCodeAt(0))))
      onFit = fit
    },
    passOver: from => terminal.textarea && passOver(terminal.textarea, from),
    focus: () => terminal.focus(),
    clear: () => terminal.clear(),
    follow() {
      wantsError = false
      terminal.scrollToBottom()
    },
    showError() {
      wantsError = true
      settled.soon()
    },
    setDark(dark) {
      terminal.options.theme = palette[dark ? 'dark' : 'light']
    },
    setScreenReader(on) {
      terminal.options.screenReaderMode = on
    },
    setFontSize: window.setFontSize,
    fontSize: () => terminal.options.fontSize ?? 0,
    dispose() {
      window.end()
      leavePids()
      settled.end()
      terminal.dispose()
    },
  }
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
