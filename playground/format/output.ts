/** A program's output as lines of text. */
export interface Output {
  /** Complete lines. */
  lines: string[]
  /** What stands behind the last newline; '' if nothing does. */
  partial: string
}

export interface NormalizeOptions {
  /** Offsets in the raw text, ascending, at which Ctrl-C was pressed. */
  interrupts?: number[]
}

/**
 * What a reader would see of raw terminal bytes, line by line: escape sequences, other control characters but tabs,
 * the alternate screen and the shell's notices of ended jobs are gone; `\r`, `\b` and erasing have had their effect.
 * Where the shell tells of what killed a command, it is the signal's name alone, as every bash before 5.3 has it.
 * A sequence that is cut off at the end leaves nothing. Behind each press of Ctrl-C the first `^C` is the
 * terminal's echo and goes too, and so does its line if nothing else is on it.
 */
export function normalize(raw: string, { interrupts = [] }: NormalizeOptions = {}): Output {
  const normalizer = new Normalizer()
  let from = 0
  for (const offset of interrupts) {
    normalizer.write(raw.slice(from, offset))
    normalizer.pressed()
    from = offset
  }
  normalizer.write(raw.slice(from))
  return { lines: normalizer.lines, partial: normalizer.partial }
}

/**
 * Columns that rewriting reaches back over. No pane is as wide, so a terminal would not reach further either; and
 * it keeps the work for each character bounded.
 */
const WIDTH = 512

/** What of an escape sequence has been read. `string`: one that runs up to a terminator, as OSC does. */
type State = 'text' | 'escape' | 'intermediate' | 'csi' | 'string'

/** `normalize` for output that comes in pieces, cut anywhere: each piece is looked at once. */
export class Normalizer {
  /** Complete lines so far; they never change again. */
  readonly lines: string[] = []
  #state: State = 'text'
  #parameters = ''
  #alternate = false
  /** The current line, one UTF-16 unit a cell, behind what rewriting no longer reaches. */
  #frozen = ''
  #cells: string[] = []
  #column = 0
  /** Presses whose echo has not come; whether its `^` has; whether it stood on the current line. */
  #presses = 0
  #caret = false
  #echoed = false
  #afterNotice = false

  /** Ctrl-C was pressed: what is written from now on holds its echo. */
  pressed(): void {
    this.#presses++
  }

  write(raw: string): void {
    // Without the `u` flag: with it a match may begin before `lastIndex`, in the middle of a surrogate pair.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
    const plain = /[^\x00-\x1f\x7f-\x9f]+/y
    for (let at = 0; at < raw.length; ) {
      if (this.#state === 'text') {
        plain.lastIndex = at
        const text = plain.exec(raw)?.[0]
        if (text !== undefined) {
          this.#print(text)
          at += text.length
          continue
        }
      }
      this.#step(raw[at++]!)
    }
  }

  /** The unfinished last line as it stands now. */
  get partial(): string {
    const text = this.#text() + (this.#caret ? '^' : '')
    return wellFormed(text)
  }

  /** One character that is, or may be, part of a sequence. */
  #step(char: string): void {
    const state = this.#state
    if (this.#caret) this.#put('^')
    this.#caret = false
    if (char === '\x1b') this.#state = 'escape'
    else if (char === '\x18' || char === '\x1a') this.#state = 'text'
    else if (state === 'string') {
      if (char === '\x07' || char === '\x9c') this.#state = 'text'
    } else if (char >= '\x80' && char <= '\x9f')
      this.#introduce(String.fromCharCode(char.charCodeAt(0) - 0x40))
    else if (char < ' ' || char === '\x7f') this.#control(char)
    else if (state === 'text' || char > '~') {
      this.#state = 'text'
      this.#print(char)
    } else if (state === 'csi') this.#readCsi(char)
    else if (char < '0') this.#state = 'intermediate'
    else if (state === 'intermediate') this.#state = 'text'
    else this.#introduce(char)
  }

  /** The character behind ESC. */
  #introduce(char: string): void {
    this.#parameters = ''
    this.#state = char === '[' ? 'csi' : 'PX]^_'.includes(char) ? 'string' : 'text'
  }

  #readCsi(char: string): void {
    if (char < '@') {
      // More than any sequence of ours needs; the rest of a longer one is skipped.
      if (this.#parameters.length < 32) this.#parameters += char
      return
    }
    this.#state = 'text'
    const parameters = this.#parameters
    if (/^\?(?:47|1047|1049)$/.test(parameters) && (char === 'h' || char === 'l')) {
      this.#alternate = char === 'h'
      return
    }
    if (this.#alternate || !/^\d{0,9}$/.test(parameters)) return
    const count = Math.max(1, Number(parameters))
    if (char === 'C') this.#column = Math.min(this.#column + count, WIDTH - 1)
    else if (char === 'D') this.#column = Math.max(0, this.#column - count)
    else if (char === 'G') this.#column = Math.min(count, WIDTH) - 1
    else if (char === 'K') this.#erase(Number(parameters))
    else if (char === 'J' && Number(parameters) === 0) this.#erase(0)
  }

  /** From the cursor on (0), up to it (1), or all (2). */
  #erase(part: number): void {
    if (part === 0) this.#cells.length = Math.min(this.#cells.length, this.#column)
    if (part === 1) this.#cells.fill(' ', 0, this.#column + 1)
    if (part === 2) this.#cells = []
  }

  #control(char: string): void {
    if (char === '\t') this.#print(char)
    if (this.#alternate) return
    if (char === '\n') this.#endLine()
    if (char === '\r') this.#column = 0
    if (char === '\b') this.#column = Math.max(0, this.#column - 1)
  }

  #print(text: string): void {
    let rest = (this.#caret ? '^' : '') + text
    for (; this.#presses > 0; this.#presses--) {
      const echo = rest.indexOf('^C')
      if (echo < 0) break
      this.#echoed ||= !this.#alternate
      this.#put(rest.slice(0, echo))
      rest = rest.slice(echo + 2)
    }
    this.#caret = this.#presses > 0 && rest.endsWith('^')
    this.#put(this.#caret ? rest.slice(0, -1) : rest)
  }

  #put(text: string): void {
    if (this.#alternate) return
    for (let i = 0; i < text.length; i++) {
      if (this.#column >= WIDTH) {
        this.#frozen += this.#cells.join('')
        this.#cells = []
        this.#column = 0
      }
      while (this.#cells.length < this.#column) this.#cells.push(' ')
      this.#cells[this.#column++] = text[i]!
    }
  }

  #endLine(): void {
    const line = wellFormed(this.#text())
    const silent = this.#echoed && line === ''
    this.#frozen = ''
    this.#cells = []
    this.#column = 0
    this.#echoed = false
    const notice = JOB_NOTICE.test(line) || (this.#afterNotice && line.startsWith('(wd now: '))
    this.#afterNotice = notice
    if (!silent && !notice) this.lines.push(line.replace(DEATH, '$<signal>'))
  }

  #text(): string {
    return this.#frozen + this.#cells.join('')
  }
}

/**
 * bash tells of jobs that have ended or stopped whenever it comes to it, in the middle of another command's output
 * too: `[1]+  Done                    sleep 1`, the state in 24 columns. `Running` stands in an answer of `jobs`
 * only, and `[1] 1234` comes at once: both are output.
 */
const JOB_NOTICE = /^\[\d+\][-+ ] {2}(?!Running )[A-Z][\w #,/()-]{22} \S/

/** bash 5.3 prints the command, too: `Killed                     node server.ts`, the signal's name in 26 columns. */
const DEATH =
  /^(?=.{26} \S)(?<signal>Hangup|Quit|Illegal instruction|Aborted|Bus error|Floating point exception|Killed|User defined signal [12]|Segmentation fault|Alarm clock|Terminated) {2,}\S.*$/

/** Half of a surrogate pair, the other half overwritten or still to come: a blank, as on a terminal. */
function wellFormed(line: string): string {
  return line.replace(/\p{Cs}/gu, ' ')
}
