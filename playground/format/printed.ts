/** What a command has printed, told apart by what was expected of it: for people who want to see their own run. */
import { fitLine, ready, squeeze } from './fit.ts'
import type { Match } from './match.ts'
import type { Output } from './output.ts'
import type { Bindings, Pattern, Placeholder } from './placeholder.ts'

export type Printed = { text: string; values: PrintedValue[] } | { folded: string[]; count: number }

export interface PrintedValue {
  /** Offsets in the text. */
  from: number
  to: number
  /** `LOW–HIGH`, where a range is expected. */
  expected?: string
}

/** Characters of a line, and of all that one expectation has claimed: what is longer stays in the terminal. */
const MOST = { line: 400, all: 4000 }
/** Work allowed for one line, see `Steps`. */
const STEPS = 100_000

/** @param output what the match was made from, before it was claimed */
export function printedBy(patterns: Pattern[], output: Output, match: Match & { ok: true }): Printed[] {
  const { lines, partial } = output
  const fixed = patterns.filter(({ rest }) => !rest)
  const fits = new Map(match.places.map((line, index) => [line, fixed[index]]))
  const claimed = (partial ? [...lines, partial] : lines).slice(0, match.used)
  const end = claimed.findLastIndex((line, index) => fits.has(index) || line.trim() !== '')
  const printed: Printed[] = []
  let room = MOST.all
  for (const [index, line] of claimed.slice(0, end + 1).entries()) {
    const pattern = fits.get(index)
    const text = line.slice(0, Math.min(MOST.line, room))
    if (pattern) printed.push({ text, values: valuesIn(pattern, text, match.bound) })
    else {
      const last = printed.at(-1)
      const rest = last && 'folded' in last ? last : { folded: [], count: 0 }
      if (rest !== last) printed.push(rest)
      if (room > 0) rest.folded.push(text)
      rest.count++
    }
    room = Math.max(0, room - text.length - 1)
  }
  return printed
}

/** Where the values of a line stand that fits; none where it has been cut off. */
function valuesIn(pattern: Pattern, text: string, bound: Bindings): PrintedValue[] {
  if (pattern.rest) return []
  // Each of them has a name of its own, so that all can be asked for.
  const name = (index: number) => `#${index}`
  const known = Object.fromEntries(
    pattern.parts.flatMap((part, index) =>
      typeof part !== 'string' && part.name !== undefined && Object.hasOwn(bound, part.name)
        ? [[name(index), bound[part.name]!]]
        : [],
    ),
  )
  const parts = pattern.parts.map((part, index) =>
    typeof part === 'string' ? part : { ...part, name: name(index) },
  )
  const found = fitLine(ready({ ...pattern, parts }, {}), squeeze(text), known, { left: STEPS })
  if (!found) return []
  const source = pattern.parts.map((part, index) =>
    typeof part === 'string' ? loose(part) : `(${RegExp.escape(found[name(index)]!)})`,
  )
  const places = new RegExp(`^${source.join('')}[ \\t]*$`, 'd').exec(text)?.indices?.slice(1) ?? []
  const placeholders = pattern.parts.filter(part => typeof part !== 'string')
  return places.map((place, index) => {
    const [from, to] = place!
    return { from, to, ...expectedOf(placeholders[index]!) }
  })
}

/** Runs of blanks are one, as they are when a line is fitted. */
function loose(text: string): string {
  return text
    .split(/[ \t]+/)
    .map(RegExp.escape)
    .join('[ \\t]+')
}

function expectedOf({ range }: Placeholder): { expected?: string } {
  return range ? { expected: `${range.low}–${range.high}` } : {}
}
