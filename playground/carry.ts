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

const MOUSE = ['?9', '?1000', '?1002', '?1003']
const MOUSE_ENCODING = ['?1006', '?1016']
const ALTERNATE = ['?47', '?1047', '?1049']
const MODES = new Set(['4', '20', '?1', '?6', '?7', '?12', '?25', '?45', '?66', '?1004', '?2004'])
/** SGR parameters that end others. */
const SGR_ENDS: Record<string, string[]> = {
  22: ['1', '2'],
  23: ['3'],
  24: ['4'],
  25: ['5'],
  27: ['7'],
  28: ['8'],
  29: ['9'],
  39: ['38'],
  49: ['48'],
  55: ['53'],
  59: ['58'],
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
  let sgr = new Map<string, string>()
  let savedSgr = new Map<string, string>()
  let regions: Record<'normal' | 'alternate', string> = { normal: '', alternate: '' }
  let screen: 'normal' | 'alternate' = 'normal'
  let keypad = ''
  let charset = ''
  let cursorStyle = ''
  /** SGR sequences since the last that reset all, as texts or as places in the bytes being scanned. */
  let colours: number[] = []

  return {
    scan(next) {
      bytes = next
      began = -1
      let at = 0
      while (at < bytes.length) at = state === 'text' ? skipText(at) : step(at)
      applyColours()
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
      for (const [mode, final] of modes)
        setting.push(mode[0] === '?' ? `\x1b[${mode}${final}` : `\x1b[${mode}${final}`)
      setting.push(keypad, charset, cursorStyle, '\x1b[H')
      if (sgr.size > 0) setting.push(`\x1b[${[...sgr.values()].join(';')}m`)
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

  function skipText(from: number): number {
    let at = from
    const near = Math.min(bytes.length, from + NEAR)
    while (at < near && bytes[at] !== ESC) at++
    if (at === near && at < bytes.length && bytes[at] !== ESC) at = bytes.indexOf(ESC, at)
    if (at < 0 || at === bytes.length) return bytes.length
    begin(at)
    return at + 1
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
        if (introducer() === 0x5d) state = 'text'
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
    const text = sequence(at)
    state = 'text'
    if (text.length > 1) {
      if (text === '(0' || text === '(A') charset = `\x1b${text}`
      else if (text[0] === '(') charset = ''
    } else if (text === '[') state = 'csi'
    else if (']PX^_'.includes(text)) state = 'string'
    else if (text === '7') save()
    else if (text === '8') restore()
    else if (text === '=') keypad = '\x1b='
    else if (text === '>') keypad = ''
    else if (text === 'c') {
      softReset()
      screen = 'normal'
      regions = { normal: '', alternate: '' }
      modes = new Map()
    }
  }

  function dispatchControl(at: number, final: number): void {
    if (overlong) return
    // Most sequences are colours.
    if (final === 0x6d) colour(at)
    else if ('hlrsuqp'.includes(String.fromCharCode(final))) setOther(sequence(at))
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

  /** In a flood most sequences are colours, and most of them are soon undone: these are not read. */
  function colour(at: number): void {
    if (began < 0) {
      applySgr(sequence(at).slice(1, -1))
      return
    }
    const length = at - began
    if (length === 2 || (length === 3 && bytes[at - 1] === 0x30)) {
      colours.length = 0
      sgr.clear()
    } else colours.push(began + 2, at)
  }

  function applyColours(): void {
    for (let index = 0; index < colours.length; index += 2)
      applySgr(bytes.toString('latin1', colours[index], colours[index + 1]))
    colours = []
  }

  function applySgr(text: string): void {
    if (!/^[\d;:]*$/.test(text)) return
    const parameters = text.split(';')
    for (let index = 0; index < parameters.length; index++) {
      const parameter = parameters[index]!
      const value = Number.parseInt(parameter || '0', 10)
      if (value === 0) sgr.clear()
      else if (value === 38 || value === 48 || value === 58) {
        const length = parameter.includes(':') ? 1 : parameters[index + 1] === '2' ? 5 : 3
        setSgr(String(value), parameters.slice(index, index + length).join(';'))
        index += length - 1
      } else if (SGR_ENDS[value]) for (const ended of SGR_ENDS[value]) sgr.delete(ended)
      else if ((value >= 30 && value < 38) || (value >= 90 && value < 98)) setSgr('38', parameter)
      else if ((value >= 40 && value < 48) || (value >= 100 && value < 108)) setSgr('48', parameter)
      else if (value < 10 || value === 53) setSgr(String(value), parameter)
      else if (value === 21) setSgr('4', parameter)
    }
  }

  function setSgr(slot: string, text: string): void {
    if (text.length < 40) sgr.set(slot, text)
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
    applyColours()
    savedSgr = new Map(sgr)
  }

  function restore(): void {
    colours = []
    sgr = new Map(savedSgr)
  }

  function softReset(): void {
    colours = []
    sgr = new Map()
    savedSgr = new Map()
    regions[screen] = ''
    charset = keypad = ''
    for (const mode of ['4', '?1', '?6', '?7', '?25', '?45', '?66', '?1004', '?2004']) modes.delete(mode)
  }

  function introducer(): number | undefined {
    return earlier.length > 1 ? earlier[1] : earlier.length === 1 ? bytes[0] : bytes[began + 1]
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
