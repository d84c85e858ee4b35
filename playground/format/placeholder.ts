import { isIP } from 'node:net'
import { placeholderSlipIn, slipIn } from './slips.ts'

/** One line of expected output. */
export type Pattern =
  /** A lone `...`: any lines, also none. */
  { line: number; source: '...'; rest: true } | { line: number; source: string; rest: false; parts: Part[] }

/** Literal text, or what stands for a value. */
export type Part = string | Placeholder

/**
 * What a placeholder may stand for. The longest value that lets the rest of the line fit is taken.
 *
 * | type | stands for | for example |
 * |---|---|---|
 * | `pid` | 1 to 9 digits, no leading zero | `4121` |
 * | `int` | a whole number, up to 20 digits, no leading zero, perhaps with `-` | `0`, `-98` |
 * | `port` | 1 to 65535, no leading zero | `8080` |
 * | `ms` | a duration without its unit: up to 9 digits, perhaps a fraction of up to 9 | `12`, `0.35` |
 * | `float` | a number, perhaps with `-`, fraction and exponent | `1`, `-0.5`, `1e-7` |
 * | `time` | `HH:MM`, perhaps seconds and their fraction; perhaps an ISO date and `T` before, a zone behind | `12:30:07.25` |
 * | `ip` | an IPv4 or IPv6 address without port, brackets or zone | `127.0.0.1`, `::1` |
 * | `path` | begins with `/`, `./`, `../` or `~/`; ends before a blank or one of `:,;"'()<>` | `./server.ts` |
 * | `hex` | 1 to 128 hexadecimal digits of either case, perhaps with `0x` | `0x1F90`, `6b` |
 * | `word` | one or more characters that are not blank | `worker-1` |
 *
 * A range `<LOW..HIGH>` stands for an `int` from LOW to HIGH, both included.
 */
export type PlaceholderType =
  | 'pid'
  | 'int'
  | 'port'
  | 'ms'
  | 'float'
  | 'time'
  | 'ip'
  | 'path'
  | 'hex'
  | 'word'

/** `<name:type>`, `<name>`, `<LOW..HIGH>`, `<name:LOW..HIGH>`, `<_:type>`. */
export interface Placeholder {
  /** As written, with its brackets. */
  source: string
  /** Undefined for `_` and for a bare range. */
  name?: string
  /** Undefined where the name was bound before, or a range is given. */
  type?: PlaceholderType
  /** Inclusive. */
  range?: { low: number; high: number }
}

/** What names stand for: `a` → `1234`. */
export type Bindings = Readonly<Record<string, string>>

/** Is told every mistake that a parser finds; parsing goes on. */
export type Report = (mistake: { line: number; what: string; todo: string; unshowable?: true }) => void

/** `run` finds the most text that could be a value, at its `lastIndex`; `valid` says which beginnings of it are one. */
export interface Values {
  run: RegExp
  valid: (text: string) => boolean
}

export const VALUES: Record<PlaceholderType, Values> = {
  pid: { run: /\d{1,9}/y, valid: text => /^[1-9]\d*$/.test(text) },
  int: { run: /-?\d{1,20}/y, valid: text => /^-?(?:0|[1-9]\d*)$/.test(text) },
  port: { run: /\d{1,5}/y, valid: text => /^[1-9]\d*$/.test(text) && Number(text) <= 65535 },
  ms: { run: /\d{1,9}(?:\.\d{1,9})?/y, valid: text => /^(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text) },
  float: {
    run: /-?\d{1,25}(?:\.\d{1,25})?(?:[eE][+-]?\d{1,3})?/y,
    valid: text => /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text),
  },
  time: {
    run: /[\dT:.Z+-]{1,35}/y,
    valid: text =>
      /^(?:\d{4}-[01]\d-[0-3]\dT)?(?:[01]\d|2[0-3]):[0-5]\d(?::(?:[0-5]\d|60)(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?$/.test(
        text,
      ),
  },
  ip: { run: /[\dA-Fa-f:.]{2,45}/y, valid: text => isIP(text) !== 0 },
  path: { run: /(?:~|\.{1,2})?\/[^\s:,;"'()<>]*/y, valid: text => text.includes('/') },
  hex: { run: /(?:0[xX])?[\dA-Fa-f]{1,128}/y, valid: text => /^(?:0[xX])?[\dA-Fa-f]+$/.test(text) },
  word: { run: /\S+/y, valid: () => true },
}

/** Placeholders on one line: fitting a line goes that deep into the stack. */
const MAX_PLACEHOLDERS = 50

/**
 * Parses a line of expected output, as written. Mistakes are reported; what they concern is then plain text.
 *
 * A `\` before a first `$`, `>`, `^`, `.`, `[` or `\` makes the line plain. Before a `<`, each `\\` is one `\`,
 * and a single `\` makes the `<` plain. Everywhere else `\` stands for itself.
 */
export function parsePattern(source: string, line: number, report: Report): Pattern {
  if (/^\.\.\.[ \t]*$/.test(source)) return { line, source: '...', rest: true }
  const [first = '', ...rest] = /^\\[$>^.…`~[\\]/.test(source)
    ? source.slice(1).split('<')
    : source.split('<')
  const parts: Part[] = []
  let text = first
  // What has been added to the text last: to look at the end of the whole, again and again, would cost squares.
  let last = first
  let count = 0
  for (const piece of rest) {
    const slashes = trailingBackslashes(last)
    last = piece
    if (slashes > 0) text = text.slice(0, text.length - Math.ceil(slashes / 2))
    const close = slashes % 2 === 0 ? piece.search(/[>\s]/) : -1
    const inner = piece[close] === '>' ? piece.slice(0, close) : undefined
    const placeholder = inner === undefined ? undefined : parsePlaceholder(inner, line, report)
    if (!placeholder) {
      text += `<${piece}`
      continue
    }
    count++
    if (text) parts.push(text)
    parts.push(placeholder)
    text = piece.slice(close + 1)
  }
  if (text) parts.push(text)
  if (count <= MAX_PLACEHOLDERS) return { line, source, rest: false, parts }
  report({ line, what: `${count} placeholders on one line`, todo: `use at most ${MAX_PLACEHOLDERS}` })
  return { line, source, rest: false, parts: [source] }
}

/** Writes one line of output so that `parsePattern`, and a transcript's body, read exactly this text. */
export function escapeLine(text: string): string {
  const [first = '', ...rest] = text.split('<')
  let source = first
  let last = first
  for (const piece of rest) {
    const slashes = trailingBackslashes(last)
    last = piece
    const plain = slashes === 0 && !/^[^\s>]*>/.test(piece) && !placeholderSlipIn(`<${piece}`)
    source += `${'\\'.repeat(slashes)}${plain ? '' : '\\'}<${piece}`
  }
  const special = /^(?:[$>](?: |$)|\^C[ \t]*$|\.\.\.[ \t]*$|\[\d+\][ \t]*$|\\[$>^.…`~[\\])/
  return special.test(source) || slipIn(source) ? `\\${source}` : source
}

/** A name in a line of expected output. */
interface Name {
  name: string
  /** As written, with its brackets. */
  source: string
  /** Of the line. */
  line: number
  /** It has a type or a range: where nothing above has bound it, this line does. */
  binds: boolean
}

export function namesOf(pattern: Pattern): Name[] {
  if (pattern.rest) return []
  return pattern.parts.flatMap(part => {
    if (typeof part === 'string' || part.name === undefined) return []
    const { name, source, type, range } = part
    return [{ line: pattern.line, name, source, binds: type !== undefined || range !== undefined }]
  })
}

/** Names that these lines bind. */
export function boundBy(patterns: Pattern[]): Set<string> {
  const names = patterns.flatMap(namesOf).filter(({ binds }) => binds)
  return new Set(names.map(({ name }) => name))
}

/** A `<name>` in a command. `<<name>` is a here-document's, `\<name>` a plain `<`. */
export const COMMAND_NAME = /(?<![<\\])<([A-Za-z][\w-]*)>/g

/**
 * Fills bound names into a command. `unbound` are the names, each once, of `<name>`s that nothing has bound:
 * redirections, or names that a transcript further up binds and that has not run yet.
 */
export function fillCommand(input: string[], bound: Bindings): { input: string[]; unbound: string[] } {
  const unbound = new Set<string>()
  const filled = input.map(line =>
    line.replace(COMMAND_NAME, (source: string, name: string) => {
      if (Object.hasOwn(bound, name)) return bound[name]!
      unbound.add(name)
      return source
    }),
  )
  return { input: filled, unbound: [...unbound] }
}

/** Text for a message: one line, not long, without control characters. */
export function quote(text: string, limit = 80): string {
  const clean = text.slice(0, limit + 1).replace(/[\p{C}\u2028\u2029]/gu, '\ufffd')
  return `\`${clean.length > limit ? `${clean.slice(0, limit - 1)}…` : clean}\``
}

/** What stands between `<` and `>`; undefined where that is plain text. */
function parsePlaceholder(inner: string, line: number, report: Report): Placeholder | undefined {
  const source = `<${inner}>`
  const range = /^(?:(_|[A-Za-z][\w-]*):)?(-?\d{1,15})\.\.(-?\d{1,15})$/.exec(inner)
  if (range) {
    const [low, high] = [Number(range[2]), Number(range[3])]
    if (low <= high) return { source, ...named(range[1]), range: { low, high } }
    report({ line, what: `the range ${quote(source)} is upside down`, todo: `write ${high}..${low}` })
    return undefined
  }
  const word = /^(_|[A-Za-z][\w-]*)(?::([A-Za-z]\w*))?$/.exec(inner)
  const type = word?.[2]
  if (word && type === undefined && word[1] !== '_') return { source, ...named(word[1]) }
  if (word && type !== undefined && Object.hasOwn(VALUES, type)) {
    return { source, ...named(word[1]), type: type as PlaceholderType }
  }
  const types = Object.keys(VALUES).join(' ')
  if (type !== undefined) {
    const what = `unknown placeholder type ${quote(type)} in ${quote(source)}`
    report({ line, what, todo: `use one of ${types}, or write \\< for a plain <` })
  } else if (inner === '_') {
    report({ line, what: '`<_>` has no type', todo: `write <_:type> with one of ${types}` })
  } else if (/\w/.test(inner) && /^(?:[\w-]*:[\w-]*|(?:[\w-]*:)?-?\d*\.\.-?\d*)$/.test(inner)) {
    const todo = 'write <name:type>, <name>, <LOW..HIGH> or <name:LOW..HIGH>, or \\< for a plain <'
    report({ line, what: `${quote(source)} is no placeholder`, todo })
  }
  return undefined
}

function named(name: string | undefined): { name?: string } {
  return name === undefined || name === '_' ? {} : { name }
}

/** Counted by hand: `/\\*$/` would need quadratic time. */
function trailingBackslashes(text: string): number {
  let start = text.length
  while (text[start - 1] === '\\') start--
  return text.length - start
}
