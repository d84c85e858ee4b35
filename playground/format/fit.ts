import {
  type Bindings,
  type Part,
  type Pattern,
  type Placeholder,
  VALUES,
  type Values,
} from './placeholder.ts'

/** A pattern made ready for matching: bound names filled in, blanks squeezed. */
export interface Ready {
  pattern: Pattern
  /** Empty for an empty line, and for `...`. */
  parts: Part[]
  /** The whole line, where nothing in it is open. */
  literal?: string
}

/** Work that is still allowed: one is about 50 ns, or 64 characters compared. Below 0 nothing fits any more. */
export interface Steps {
  left: number
}

/** Runs of blanks are one, and none at the end: `ss` pads its columns. */
export function squeeze(line: string): string {
  const squeezed = line.replace(/[ \t]+/g, ' ')
  return squeezed.endsWith(' ') ? squeezed.slice(0, -1) : squeezed
}

export function ready(pattern: Pattern, bound: Bindings): Ready {
  if (pattern.rest) return { pattern, parts: [] }
  const parts: Part[] = []
  let text = ''
  for (const part of pattern.parts) {
    const value = typeof part === 'string' ? part : filled(part, bound)
    if (value !== undefined) {
      text += value
      continue
    }
    if (text) parts.push(text.replace(/[ \t]+/g, ' '))
    parts.push(part)
    text = ''
  }
  text = squeeze(text)
  if (text) parts.push(text)
  const [only = ''] = parts
  return parts.length < 2 && typeof only === 'string' ? { pattern, parts, literal: only } : { pattern, parts }
}

/**
 * Fits a squeezed line to a pattern, each value as long as the rest of the line allows.
 *
 * @param loose a name that nothing has bound may be any word; for showing differences only
 * @returns all bindings, old and new; undefined where the line does not fit or `steps` has run out
 */
export function fitLine(
  { parts, literal }: Ready,
  line: string,
  bound: Bindings,
  steps: Steps,
  loose = false,
): Bindings | undefined {
  steps.left -= 1 + line.length / 64
  if (steps.left < 0) return undefined
  if (literal !== undefined) return line === literal ? bound : undefined
  return fitParts(parts, 0, line, 0, bound, steps, loose)
}

export function endsOpen({ parts }: Ready): boolean {
  return typeof (parts.at(-1) ?? '') !== 'string'
}

/** The expected line as the reader should see it, with what is bound filled in. */
export function show(pattern: Pattern, bound: Bindings): string {
  if (pattern.rest) return pattern.source
  return pattern.parts
    .map(part => (typeof part === 'string' ? part : (boundValue(part, bound) ?? part.source)))
    .join('')
}

function fitParts(
  parts: Part[],
  index: number,
  line: string,
  at: number,
  bound: Bindings,
  steps: Steps,
  loose: boolean,
): Bindings | undefined {
  const part = parts[index]
  if (part === undefined) return at === line.length ? bound : undefined
  if (typeof part === 'string') {
    steps.left -= part.length / 64
    if (!line.startsWith(part, at)) return undefined
    return fitParts(parts, index + 1, line, at + part.length, bound, steps, loose)
  }
  const known = boundValue(part, bound)
  for (const value of values(part, line, at, loose, known)) {
    if (--steps.left < 0) return undefined
    let names = bound
    if (part.name !== undefined && known === undefined) {
      // All of them are copied.
      steps.left -= Object.keys(bound).length / 4
      names = { ...bound, [part.name]: value }
    }
    const fit = fitParts(parts, index + 1, line, at + value.length, names, steps, loose)
    if (fit) return fit
  }
  return undefined
}

/** Values that the placeholder may take at this place, the longest first. */
function* values(
  { type, range }: Placeholder,
  line: string,
  at: number,
  loose: boolean,
  known: string | undefined,
): Generator<string> {
  const { run, valid } = range ? between(range) : type ? VALUES[type] : VALUES.word
  if (known !== undefined) {
    if (line.startsWith(known, at) && valid(known)) yield known
    return
  }
  if (!type && !range && !loose) return
  run.lastIndex = at
  const longest = run.exec(line)?.[0] ?? ''
  for (let length = longest.length; length > 0; length--) {
    const value = longest.slice(0, length)
    if (valid(value)) yield value
  }
}

function between({ low, high }: { low: number; high: number }): Values {
  const { run, valid } = VALUES.int
  return { run, valid: text => valid(text) && Number(text) >= low && Number(text) <= high }
}

/** A value to put into the pattern's text once and for all. A type or a range still has to be checked. */
function filled(part: Placeholder, bound: Bindings): string | undefined {
  return part.type || part.range ? undefined : boundValue(part, bound)
}

/** `hasOwn`: a lesson may well call a name `constructor`. */
function boundValue({ name }: Placeholder, bound: Bindings): string | undefined {
  return name !== undefined && Object.hasOwn(bound, name) ? bound[name] : undefined
}
