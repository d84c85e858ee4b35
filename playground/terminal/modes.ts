/** The private modes that output has set: what is known of a terminal while a flood is too fast to be parsed. */

export interface Modes {
  /** Takes further bytes; no sequence is split between two calls. */
  scan(bytes: Buffer): void
  /** Sequences that set a cleared terminal's modes alike; its cursor is at home afterwards. */
  draw(): string
}

const QUESTION_MARK = 0x3f
const BRACKET = 0x5b
const ESC = 0x1b
const MODES = /^([\d;]{1,40})([hl])/
/** More than there are: what sets others is noise. */
const MOST = 64

/** @param known sequences that set modes */
export function createModes(known = ''): Modes {
  /** By number, the one that was set or reset last comes last: of those that exclude each other it holds. */
  const modes = new Map<string, string>()
  const scanner: Modes = {
    scan(bytes) {
      // In colours ESC is everywhere; a question mark is rare, and a search for one byte is very fast.
      for (let at = bytes.indexOf(QUESTION_MARK); at !== -1; at = bytes.indexOf(QUESTION_MARK, at + 1)) {
        if (bytes[at - 1] !== BRACKET || bytes[at - 2] !== ESC) continue
        const [, numbers, final] = MODES.exec(bytes.toString('latin1', at + 1, at + 42)) ?? []
        for (const number of numbers?.split(';') ?? []) {
          modes.delete(number)
          if (modes.size < MOST) modes.set(number, final!)
        }
      }
    },
    draw: () => `${[...modes].map(([number, final]) => `\x1b[?${number}${final}`).join('')}\x1b[H`,
  }
  scanner.scan(Buffer.from(known))
  return scanner
}
