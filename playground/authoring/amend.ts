/** Rewrites what a page expects of one command so that what it printed fits, keeping what can be kept. Pure. */
import { fitLine, type Ready, ready, squeeze } from '../format/fit.ts'
import { matchOutput } from '../format/match.ts'
import {
  type Bindings,
  boundBy,
  escapeLine,
  type Part,
  type Pattern,
  parsePattern,
} from '../format/placeholder.ts'
import { mergeLine, withoutEnd } from './merge-line.ts'

export interface AmendOptions {
  order: 'given' | 'any'
  /** The program has ended; else it goes on, and `printed` is what it has printed so far. */
  ended: boolean
  /** What names stand for, of those bound further up. */
  bound: Bindings
  /** The patterns were true a run ago: a number that is another one now differs from run to run. @default false */
  varies?: boolean
}

/** Lines whose patterns have more in common with them than this are the same line, changed. 0 to 1. */
const ALIKE = 0.35
/** Work on comparing lines that do not fit, in pairs of characters; beyond that, such a line is a new one. */
const COMPARED = 20_000_000
/** Work allowed for one fit, in `Steps`. */
const STEPS = 100_000

/**
 * @param patterns the old expectation
 * @param printed the output's lines, as `normalize` gives them
 * @returns the new expectation as source lines, without the status. Lines that still fit stay as they were written,
 *   `...` goes on covering lines, and a placeholder stays where its new text fits its type and its name. It matches
 *   `printed`, always.
 */
export function amend(patterns: Pattern[], printed: string[], options: AmendOptions): string[] {
  const lines = printed.slice(0, printed.findLastIndex(line => line.trim() !== '') + 1)
  const old = patterns.map(({ source }) => source)
  if (matches(old, lines, options)) return old
  const kept = keep(patterns, lines, options)
  return kept && matches(kept, lines, options) ? kept : lines.map(literal)
}

/** @returns undefined where nothing but `...` would be left of an expectation that said more */
function keep(
  patterns: Pattern[],
  lines: string[],
  { order, bound, varies = false }: AmendOptions,
): string[] | undefined {
  const rows =
    order === 'any'
      ? alignAnyOrder(patterns, lines, bound, varies)
      : alignInOrder(patterns, lines, bound, varies)
  const open = boundBy(patterns)
  let names = bound
  const sources: string[] = []
  let claims = 0
  for (const { pattern, line } of rows) {
    if (pattern?.rest) {
      // Two of them with nothing in between are one.
      if (sources.at(-1) !== '...') sources.push('...')
    } else if (line !== undefined) {
      const [source, known] = pattern ? rewrite(pattern, line, names, open, varies) : [literal(line), names]
      names = known
      sources.push(source)
      claims++
    }
  }
  return claims > 0 || patterns.every(pattern => pattern.rest) ? sources : undefined
}

function matches(sources: string[], lines: string[], { order, ended, bound }: AmendOptions): boolean {
  let mistaken = false
  const patterns = sources.map((source, index) =>
    parsePattern(source, index, () => {
      mistaken = true
    }),
  )
  return !mistaken && matchOutput(patterns, lines, bound, { order, ended }).ok
}

/** One line of the new expectation: an old pattern with its new line, a new line alone, or `...`. */
interface Row {
  pattern?: Pattern
  /** Undefined with a pattern that is no rest: it is gone. */
  line?: string
}

/** The cheapest way to keep patterns: one that is gone and a line that is new cost 1 each, a change less. */
function alignInOrder(patterns: Pattern[], lines: string[], bound: Bindings, varies: boolean): Row[] {
  const cost = changeCost(patterns, lines, bound, varies)
  const width = lines.length + 1
  const costs = new Float64Array((patterns.length + 1) * width)
  /** What comes next: `down` patterns and `across` lines are done with, 0 or 1 of each. */
  const best = (p: number, l: number) => {
    const rest = patterns[p]?.rest
    const ways = [
      { down: 1, across: 1, cost: rest ? Number.POSITIVE_INFINITY : 0 },
      { down: 1, across: 0, cost: rest ? 0 : 1 },
      { down: 0, across: 1, cost: rest ? 0 : 1 },
    ].filter(({ down, across }) => p + down <= patterns.length && l + across <= lines.length)
    for (const way of ways) {
      if (way.down && way.across && way.cost === 0) way.cost = cost(p, l)
      way.cost += costs[(p + way.down) * width + l + way.across]!
    }
    return ways.reduce((a, b) => (b.cost < a.cost ? b : a), {
      down: 0,
      across: 0,
      cost: Number.POSITIVE_INFINITY,
    })
  }
  for (let p = patterns.length; p >= 0; p--)
    for (let l = lines.length; l >= 0; l--)
      costs[p * width + l] = p === patterns.length && l === lines.length ? 0 : best(p, l).cost

  const rows: Row[] = []
  for (let p = 0, l = 0; p < patterns.length || l < lines.length; ) {
    const { down, across } = best(p, l)
    const pattern = patterns[p]
    if (pattern?.rest) {
      if (down) rows.push({ pattern })
    } else if (across) rows.push(down ? { pattern, line: lines[l] } : { line: lines[l] })
    p += down
    l += across
  }
  return rows
}

/** Each pattern with the line that it fits, else with the one that is most like it; new lines at the end. */
function alignAnyOrder(patterns: Pattern[], lines: string[], bound: Bindings, varies: boolean): Row[] {
  const cost = changeCost(patterns, lines, bound, varies)
  const pairs = patterns
    .flatMap((_, p) => lines.map((_, l) => ({ p, l, cost: cost(p, l) })))
    .filter(pair => pair.cost < 1)
    .sort((a, b) => a.cost - b.cost)
  const taken = new Map<number, number>()
  const used = new Set<number>()
  for (const { p, l } of pairs) {
    if (taken.has(p) || used.has(l)) continue
    taken.set(p, l)
    used.add(l)
  }
  const rows = patterns.map(
    (pattern, p): Row => (pattern.rest ? { pattern } : { pattern, line: lines[taken.get(p) ?? -1] }),
  )
  const rest = patterns.some(pattern => pattern.rest)
  return [...rows, ...(rest ? [] : lines.filter((_, l) => !used.has(l)).map(line => ({ line })))]
}

/** 0: the line fits the pattern. Up to 1: it is the pattern's line, changed. Infinity: it is another one. */
function changeCost(
  patterns: Pattern[],
  lines: string[],
  bound: Bindings,
  varies: boolean,
): (pattern: number, line: number) => number {
  const made: Ready[] = patterns.map(pattern => ready(pattern, bound))
  const open = boundBy(patterns)
  let left = COMPARED
  const known = new Map<number, number>()
  return (p, l) => {
    const key = p * lines.length + l
    const cost = known.get(key) ?? compare(made[p]!, lines[l]!)
    known.set(key, cost)
    return cost
  }

  function compare(item: Ready, line: string): number {
    if (item.pattern.rest) return Number.POSITIVE_INFINITY
    if (fitLine(item, squeeze(line), bound, { left: STEPS }, true)) return 0
    left -= item.pattern.source.length * line.length
    const alike = left > 0 ? (mergeLine(item.pattern.parts, line, bound, open, varies)?.alike ?? 0) : 0
    return alike > ALIKE ? 1 - alike : Number.POSITIVE_INFINITY
  }
}

/** @returns the pattern's source, changed only where it must be, and all names that are known then */
function rewrite(
  pattern: Pattern & { rest: false },
  line: string,
  bound: Bindings,
  open: ReadonlySet<string>,
  varies: boolean,
): [string, Bindings] {
  const fit = fitLine(ready(pattern, bound), squeeze(line), bound, { left: STEPS })
  if (fit) return [pattern.source, fit]
  for (const names of [open, new Set<string>()]) {
    const source = writeParts(mergeLine(pattern.parts, line, bound, names, varies)?.parts ?? [line])
    const known = fitSource(source, line, bound)
    if (known) return [source, known]
  }
  return [literal(line), bound]
}

function fitSource(source: string, line: string, bound: Bindings): Bindings | undefined {
  let mistaken = false
  const pattern = parsePattern(source, 0, () => {
    mistaken = true
  })
  if (mistaken || pattern.rest) return undefined
  return fitLine(ready(pattern, bound), squeeze(line), bound, { left: STEPS })
}

/** The source that is read as these parts. */
function writeParts(parts: Part[]): string {
  return parts
    .map((part, index) => {
      if (typeof part !== 'string') return part.source
      // Only at the beginning of a line do `$ ` and the like need a backslash.
      const source = index === 0 ? escapeLine(part) : escapeLine(`x${part}`).slice(1)
      return index < parts.length - 1 ? source.replace(/\\+$/, slashes => slashes + slashes) : source
    })
    .join('')
}

/** A new line of output, as a page must write it. */
export function literal(line: string): string {
  return escapeLine(withoutEnd(line))
}
