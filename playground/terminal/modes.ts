/** What output that is no longer kept has left behind: modes, colours, and a sequence that it has begun. */

export interface Carry {
  /** Takes further bytes, split anywhere. */
  scan(bytes: Buffer): void
  /** A terminal forgets its scroll region when its size changes. */
  resize(): void
  /** Sequences that give a cleared terminal the same settings; its cursor is at home afterwards. */
  settings(): string
  /** Bytes that bring a terminal's parser to where the last scanned byte has left it, most often none. */
  unfinished(): Buffer
}

type State = 'text' | 'escape' | 'csi' | 'string'

const ESC = 0x1b
const BEL = 0x07
const CAN = 0x18
const SUB = 0x1a
const NONE: Buffer = Buffer.alloc(0)
/** A sequence longer than this is carried on as one that a terminal ignores. Bytes. */
const MAX_UNFINISHED = 4096
/** Text between two sequences is short or very long: a call of `indexOf` pays from here on. Bytes. */
const NEAR = 48

/** `]`, `P`, `X`, `^`, `_`. */
const STRINGS = [0x5d, 0x50, 0x58, 0x5e, 0x5f]
/** Finals of control sequences that matter, besides `m`. */
const OTHERS = Buffer.from('hlrsuqp')
/** From here on a search by regular expression, which is compiled, is worth its string. Bytes. */
const MUCH = 256
/** A sequence other than one that sets colours. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const NO_COLOUR = /\x1b(?!\[[\d;:]*m)/
/** A parameter of SGR that is longer is none. Bytes. */
const MAX_SGR = 40

const MOUSE = ['?9', '?1000', '?1002', '?1003']
const MOUSE_ENCODING = ['?1006', '?1016']
const ALTERNATE = ['?47', '?1047', '?1049']
/** What a soft reset ends. */
const SOFT = ['4', '?1', '?6', '?7', '?25', '?45', '?66', '?1004', '?2004']
const MODES = new Set(['4', '20', '?1', '?6', '?7', '?12', '?25', '?45', '?66', '?1004', '?2004'])
/** Places for what SGR sets: the colours of text, background and underline by their parameter, the rest by its own. */
const SLOTS = 60
/** SGR parameters that end others. */
const SGR_ENDS: Record<number, number[]> = {
  22: [1, 2],
  23: [3],
  24: [4],
  25: [5],
  27: [7],
  28: [8],
  29: [9],
  39: [38],
  49: [48],
  55: [53],
  59: [58],
}

/** Knows the sequences that matter and skips the rest: far faster than a terminal (see `history.ts`). */
export function createCarry(): Carry {
  /** Those being scanned. */
  let bytes = NONE
  let state: State = 'text'
  /** Where the sequence began in the bytes being scanned; below 0: in earlier ones. */
  let began = -1
  /** The part of it from earlier bytes. */
  let earlier: Buffer = NONE
  let overlong = false
  /** The last bytes of text, which may be a character's first. */
  let recent: Buffer = NONE

  let modes = new Map<string, 'h' | 'l'>()
  /** Parameters by slot; and, while bytes are scanned, where in them newer ones are: strings come dear in a flood. */
  let sgr: (string | undefined)[] = []
  const sgrFrom = new Int32Array(SLOTS).fill(-1)
  const sgrTo = new Int32Array(SLOTS)
  /** Whether anything is set, here or there. */
  let coloured = false
  let savedSgr: (string | undefined)[] = []
  let regions: Record<'normal' | 'alternate', string> = { normal: '', alternate: '' }
  let screen: 'normal' | 'alternate' = 'normal'
  let keypad = ''
  let charset = ''
  let cursorStyle = ''
  return {
    scan(next) {
      bytes = next
      began = -1
      let at = 0
      while (state !== 'text' && at < bytes.length) at = step(at)
      if (state === 'text') at = skipColours(at)
      while (at < bytes.length) at = state === 'text' ? skipText(at) : step(at)
      settleSgr()
      keepUnfinished()
      bytes = NONE
    },
    resize() {
      regions = { normal: '', alternate: '' }
    },
    settings() {
      const setting = [regions.normal && `\x1b[${regions.normal}r`]
      if (screen === 'alternate')
        setting.push('\x1b[?1047h', regions.alternate && `\x1b[${regions.alternate}r`)
      for (const [mode, final] of modes) setting.push(`\x1b[${mode}${final}`)
      setting.push(keypad, charset, cursorStyle, '\x1b[H')
      const colours = sgr.filter(Boolean)
      if (colours.length > 0) setting.push(`\x1b[${colours.join(';')}m`)
      return setting.join('')
    },
    unfinished() {
      if (state === 'text') return Buffer.from(unfinishedCharacter(recent))
      if (!overlong) return Buffer.from(earlier)
      // No terminal knows these, and each ends where the one that they stand for would.
      return Buffer.from(
        state === 'csi'
          ? '\x1b[<'
          : earlier[1] === 0x5d
            ? '\x1b]x'
            : `\x1b${String.fromCharCode(earlier[1]!)}`,
      )
    },
  }

  /**
   * Past all that the last reset of colours makes void, where there is nothing but text and colours before it: most
   * of what a flood is made of.
   */
  function skipColours(from: number): number {
    const last = (sequence: string) => bytes.lastIndexOf(sequence, undefined, 'latin1')
    const reset = Math.max(last('\x1b[0m'), last('\x1b[m'))
    if (reset < from + MUCH || NO_COLOUR.test(bytes.toString('latin1', from, reset))) return from
    clearSgr()
    return reset
  }

  /** Past text, and past the control sequence after it where that is whole: all that a flood is made of. */
  function skipText(from: number): number {
    const { length } = bytes
    const near = Math.min(length, from + NEAR)
    let at = from
    while (at < near && bytes[at] !== ESC) at++
    if (at === near && at < length) at = bytes.indexOf(ESC, at)
    if (at < 0 || at === length) return length
    begin(at)
    if (bytes[at + 1] !== 0x5b) return at + 1
    let end = at + 2
    while (end < length && bytes[end]! >= 0x20 && bytes[end]! < 0x40) end++
    if (end === length || bytes[end]! < 0x40 || bytes[end]! > 0x7e) return at + 1
    state = 'text'
    dispatchControl(end, bytes[end]!)
    return end + 1
  }

  function begin(at: number): void {
    state = 'escape'
    began = at
    earlier = NONE
    overlong = false
  }

  function step(at: number): number {
    const byte = bytes[at]!
    if (byte === ESC) begin(at)
    else if (byte === CAN || byte === SUB) state = 'text'
    else if (state === 'string') {
      if (byte === BEL) {
        if (second(at) === 0x5d) state = 'text'
      }
    } else if (state === 'escape') dispatchEscape(at, byte)
    else if (byte >= 0x40 && byte < 0x7f) {
      state = 'text'
      dispatchControl(at, byte)
    }
    return at + 1
  }

  function dispatchEscape(at: number, byte: number): void {
    if (byte < 0x30 || byte > 0x7e) return
    const first = second(at)
    state = 'text'
    if (first < 0x30) {
      if (first === 0x28) charset = byte === 0x30 ? '\x1b(0' : byte === 0x41 ? '\x1b(A' : ''
    } else if (first === 0x5b) state = 'csi'
    else if (STRINGS.includes(first)) state = 'string'
    else if (first === 0x37) save()
    else if (first === 0x38) restore()
    else if (first === 0x3d) keypad = '\x1b='
    else if (first === 0x3e) keypad = ''
    else if (first === 0x63) {
      softReset()
      screen = 'normal'
      regions = { normal: '', alternate: '' }
      modes = new Map()
      cursorStyle = ''
    }
  }

  function dispatchControl(at: number, final: number): void {
    if (overlong) return
    // Most sequences are colours.
    if (final === 0x6d) {
      if (began >= 0) readSgr(began + 2, at)
      else readEarlierSgr(sequence(at).slice(1, -1))
    } else if (OTHERS.includes(final)) setOther(sequence(at))
  }

  /** @param text a control sequence without its ESC */
  function setOther(text: string): void {
    const parameters = text.slice(1, -1)
    const final = text.at(-1)
    if (final === 'h' || final === 'l') setModes(parameters, final)
    else if (final === 'r' && /^[\d;]*$/.test(parameters)) regions[screen] = parameters
    else if (text === '[s') save()
    else if (text === '[u') restore()
    else if (/^\[\d? q$/.test(text)) cursorStyle = `\x1b${text}`
    else if (text === '[!p') softReset()
  }

  /** One that began in bytes scanned earlier. */
  function readEarlierSgr(text: string): void {
    settleSgr()
    const rest = bytes
    bytes = Buffer.from(text)
    readSgr(0, bytes.length)
    settleSgr()
    bytes = rest
  }

  function readSgr(from: number, to: number): void {
    if (from < to && bytes[from]! > 0x3b) return
    for (let at = from; at <= to; ) {
      const begins = at
      let value = 0
      for (; at < to && bytes[at] !== 0x3b && bytes[at] !== 0x3a; at++) value = value * 10 + bytes[at]! - 0x30
      const hasParts = bytes[at] === 0x3a && at < to
      while (at < to && bytes[at] !== 0x3b) at++
      if ((value === 38 || value === 48 || value === 58) && !hasParts) {
        const kind = bytes[at + 1]
        for (let more = kind === 0x32 ? 4 : 2; more > 0 && at < to; more--)
          for (at++; at < to && bytes[at] !== 0x3b; ) at++
      }
      setSgr(value, begins, at)
      at++
    }
  }

  function setSgr(value: number, from: number, to: number): void {
    const ends = value < 22 || (value > 29 && value < 39) ? undefined : SGR_ENDS[value]
    if (value === 0) clearSgr()
    else if (ends)
      for (const slot of ends) {
        sgr[slot] = undefined
        sgrFrom[slot] = -1
      }
    else {
      const slot = slotOf(value)
      if (slot === 0 || to - from > MAX_SGR) return
      coloured = true
      sgrFrom[slot] = from
      sgrTo[slot] = to
    }
  }

  function clearSgr(): void {
    if (!coloured) return
    coloured = false
    sgr = []
    sgrFrom.fill(-1)
  }

  function settleSgr(): void {
    for (let slot = 0; slot < SLOTS; slot++) {
      if (sgrFrom[slot]! >= 0) sgr[slot] = bytes.toString('latin1', sgrFrom[slot], sgrTo[slot])
      sgrFrom[slot] = -1
    }
  }

  function setModes(text: string, final: 'h' | 'l'): void {
    const isPrivate = text[0] === '?'
    for (const number of text.slice(isPrivate ? 1 : 0).split(';')) {
      const mode = isPrivate ? `?${number}` : number
      if (ALTERNATE.includes(mode)) switchScreen(mode, final)
      else if (MOUSE.includes(mode)) setOneOf(MOUSE, mode, final)
      else if (MOUSE_ENCODING.includes(mode)) setOneOf(MOUSE_ENCODING, mode, final)
      else if (MODES.has(mode)) modes.set(mode, final)
    }
  }

  function setOneOf(group: string[], mode: string, final: 'h' | 'l'): void {
    for (const other of group) modes.delete(other)
    if (final === 'h') modes.set(mode, final)
  }

  function switchScreen(mode: string, final: 'h' | 'l'): void {
    if (final === 'h') {
      if (mode === '?1049') save()
      if (screen === 'normal') regions.alternate = ''
      screen = 'alternate'
    } else {
      screen = 'normal'
      if (mode === '?1049') restore()
    }
  }

  function save(): void {
    settleSgr()
    savedSgr = [...sgr]
  }

  function restore(): void {
    clearSgr()
    sgr = [...savedSgr]
    coloured = true
  }

  function softReset(): void {
    clearSgr()
    savedSgr = []
    regions[screen] = ''
    charset = keypad = ''
    for (const mode of SOFT) modes.delete(mode)
  }

  /** The byte after the ESC, where `at` is a later one or that one. */
  function second(at: number): number {
    if (earlier.length > 1) return earlier[1]!
    return bytes[earlier.length === 1 ? 0 : began + 1] ?? bytes[at]!
  }

  /** The sequence without its ESC, up to and with the byte at `at`. */
  function sequence(at: number): string {
    return (earlier.toString('latin1') + bytes.toString('latin1', Math.max(began, 0), at + 1)).slice(1)
  }

  function keepUnfinished(): void {
    if (state === 'text') {
      earlier = NONE
      recent = Buffer.concat([recent, bytes.subarray(-3)]).subarray(-3)
    } else if (!overlong) {
      overlong = earlier.length + bytes.length - Math.max(began, 0) > MAX_UNFINISHED
      earlier = Buffer.concat([earlier, bytes.subarray(Math.max(began, 0))]).subarray(
        0,
        overlong ? 2 : undefined,
      )
      recent = NONE
    }
  }
}

/** @returns 0 where the parameter sets nothing that is carried */
function slotOf(value: number): number {
  if ((value >= 30 && value < 38) || (value >= 90 && value < 98)) return 38
  if ((value >= 40 && value < 48) || (value >= 100 && value < 108)) return 48
  if (value === 21) return 4
  return value < 10 || value === 38 || value === 48 || value === 53 || value === 58 ? value : 0
}

/** The first bytes of a UTF-8 character that lacks its last ones, at the end of `bytes`. */
function unfinishedCharacter(bytes: Buffer): Buffer {
  for (let length = 1; length <= Math.min(3, bytes.length); length++) {
    const byte = bytes[bytes.length - length]!
    if (byte < 0x80) break
    if (byte < 0xc0) continue
    const needed = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : byte < 0xf8 ? 4 : 0
    return bytes.subarray(length < needed ? -length : bytes.length)
  }
  return bytes.subarray(bytes.length)
}
