/** Rewrites what a page expects of one command so that what it printed fits, keeping what can be kept. Pure. */
import { fitLine, type Ready, ready } from './format/fit.ts'
import { matchOutput } from './format/match.ts'
import {
  type Bindings,
  escapeLine,
  type Part,
  type Pattern,
  type Placeholder,
  parsePattern,
  VALUES,
} from './format/placeholder.ts'

export interface AmendOptions {
  order: 'given' | 'any'
  /** The program has ended; else it goes on, and `printed` is what it has printed so far. */
  ended: boolean
  /** What names stand for, of those bound further up. */
  bound: Bindings
}

/** Lines whose patterns have more in common with them than this are the same line, changed. 0 to 1. */
const ALIKE = 0.35
/** Pairs of lines, and of tokens within two lines, that are compared; beyond that, a line that differs is new. */
const MOST_PAIRS = 4000
/** Work allowed for one fit, in `Steps`. */
const STEPS = 100_000

/**
 * @param patterns the old expectation
 * @param printed the output's lines, as `normalize` gives them
 * @returns the new expectation as source lines, without the status. Lines that still fit stay as they were written,
 *   `...` goes on covering lines, and a placeholder stays where its new text fits its type and its name. They match
 *   `printed`, always.
 */
export function amend(patterns: Pattern[], printed: string[], options: AmendOptions): string[] {
  const lines = printed.slice(0, printed.findLastIndex(line => line.trim() !== '') + 1)
  const kept = keep(patterns, lines, options)
  return kept && matches(kept, lines, options) ? kept : lines.map(literal)
}

/** @returns undefined where nothing but `...` would be left of an expectation that said more */
function keep(patterns: Pattern[], lines: string[], { order, bound }: AmendOptions): string[] | undefined {
  const rows = order === 'any' ? alignAnyOrder(patterns, lines, bound) : alignInOrder(patterns, lines, bound)
  let names = bound
  const sources: string[] = []
  let claims = 0
  for (const { pattern, line } of rows) {
    if (pattern?.rest) {
      // Two of them with nothing in between are one.
      if (sources.at(-1) !== '...') sources.push('...')
    } else if (line !== undefined) {
      const [source, known] = pattern ? rewrite(pattern, line, names) : [literal(line), names]
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
function alignInOrder(patterns: Pattern[], lines: string[], bound: Bindings): Row[] {
  const cost = changeCost(patterns, lines, bound)
  const width = lines.length + 1
  const costs = new Float64Array((patterns.length + 1) * width)
  const at = (p: number, l: number) => costs[p * width + l]!
  const ways = (p: number, l: number): [number, number, number][] => {
    const more = l < lines.length
    if (p === patterns.length) return more ? [[1 + at(p, l + 1), 0, 1]] : [[0, 0, 0]]
    if (patterns[p]!.rest) return [[at(p + 1, l), 1, 0], ...(more ? [[at(p, l + 1), 0, 1] as const] : [])] as []
    const gone: [number, number, number] = [1 + at(p + 1, l), 1, 0]
    if (!more) return [gone]
    return [[cost(p, l) + at(p + 1, l + 1), 1, 1], gone, [1 + at(p, l + 1), 0, 1]]
  }
  const best = (p: number, l: number) => ways(p, l).reduce((a, b) => (b[0] < a[0] ? b : a))
  for (let p = patterns.length; p >= 0; p--)
    for (let l = lines.length; l >= 0; l--) costs[p * width + l] = best(p, l)[0]

  const rows: Row[] = []
  for (let p = 0, l = 0; p < patterns.length || l < lines.length; ) {
    const [, down, across] = best(p, l)
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
function alignAnyOrder(patterns: Pattern[], lines: string[], bound: Bindings): Row[] {
  const cost = changeCost(patterns, lines, bound)
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
): (pattern: number, line: number) => number {
  const made: Ready[] = patterns.map(pattern => ready(pattern, bound))
  const few = patterns.length * lines.length <= MOST_PAIRS
  const known = new Map<number, number>()
  return (p, l) => {
    const key = p * lines.length + l
    const cost = known.get(key) ?? compare(made[p]!, lines[l]!)
    known.set(key, cost)
    return cost
  }

  function compare(item: Ready, line: string): number {
    if (item.pattern.rest) return Number.POSITIVE_INFINITY
    if (fitLine(item, squeezed(line), bound, { left: STEPS }, true)) return 0
    const alike = few ? (merge(item.pattern.parts, line, bound)?.alike ?? 0) : 0
    return alike > ALIKE ? 1 - alike : Number.POSITIVE_INFINITY
  }
}

/** @returns the pattern's source, changed only where it must be, and all names that are known then */
function rewrite(pattern: Pattern & { rest: false }, line: string, bound: Bindings): [string, Bindings] {
  const fit = fitLine(ready(pattern, bound), squeezed(line), bound, { left: STEPS })
  if (fit) return [pattern.source, fit]
  const source = writeParts(merge(pattern.parts, line, bound)?.parts ?? [line])
  const known = fitSource(source, line, bound)
  return known ? [source, known] : [literal(line), bound]
}

function fitSource(source: string, line: string, bound: Bindings): Bindings | undefined {
  let mistaken = false
  const pattern = parsePattern(source, 0, () => {
    mistaken = true
  })
  if (mistaken || pattern.rest) return undefined
  return fitLine(ready(pattern, bound), squeezed(line), bound, { left: STEPS })
}

/** A word, a run of blanks, or one other character: what a line is compared by. */
interface Token {
  text: string
  weight: number
}

interface Merged {
  /** The line, with those placeholders of the pattern in it that it still has. */
  parts: Part[]
  /** How much of both is the same, 0 to 1. */
  alike: number
}

/**
 * Aligns a pattern with a line that it does not fit, token by token.
 *
 * @returns undefined where both are too long for that
 */
function merge(pattern: Part[], line: string, bound: Bindings): Merged | undefined {
  const old = pattern.flatMap<Token | Placeholder>(part => (typeof part === 'string' ? tokenize(part) : [part]))
  const tokens = tokenize(line.trimEnd())
  if (old.length * tokens.length > MOST_PAIRS) return undefined
  const starts = tokens.reduce<number[]>((all, { text }) => [...all, all.at(-1)! + text.length], [0])
  type Step = { cost: number; down: number; to: number }
  const table: Step[][] = Array.from({ length: old.length + 1 }, () => [])

  const stepsFrom = (i: number, j: number): Step[] => {
    const steps: Step[] = []
    const add = (cost: number, down: number, to: number) =>
      steps.push({ cost: cost + table[i + down]![to]!.cost, down, to })
    const item = old[i]
    const token = tokens[j]
    if (item && 'source' in item) {
      for (let k = tokens.length; k > j; k--)
        if (stands(item, line, starts[j]!, starts[k]!, bound)) add((k - j) * 0.01, 1, k)
      add(LOST, 1, j)
    } else if (item) {
      if (token && (item.text === token.text || (isBlank(item) && isBlank(token)))) add(0, 1, j + 1)
      add(item.weight, 1, j)
    }
    if (token) add(token.weight, 0, j + 1)
    return steps
  }
  for (let i = old.length; i >= 0; i--) {
    for (let j = tokens.length; j >= 0; j--) {
      const end = i === old.length && j === tokens.length
      table[i]![j] = end
        ? { cost: 0, down: 0, to: j }
        : stepsFrom(i, j).reduce((a, b) => (b.cost < a.cost ? b : a))
    }
  }
  const parts: Part[] = []
  for (let i = 0, j = 0; i < old.length || j < tokens.length; ) {
    const { down, to } = table[i]![j]!
    const item = old[i]
    const text = line.slice(starts[j]!, starts[to]!)
    if (down && to > j && item && 'source' in item) parts.push(item)
    else if (text && typeof parts.at(-1) === 'string') parts.push(parts.pop() + text)
    else if (text) parts.push(text)
    i += down
    j = to
  }
  const weight = [...old.map(item => ('source' in item ? LOST : item.weight)), ...tokens.map(t => t.weight)]
  const all = weight.reduce((sum, each) => sum + each, 0)
  return { parts, alike: all > 0 ? Math.max(0, 1 - table[0]![0]!.cost / all) : 0 }
}

/** What it costs to lose a placeholder; a word costs 1. */
const LOST = 2

function tokenize(text: string): Token[] {
  return (text.match(/[ \t]+|[\p{L}\p{N}_]+|./gsu) ?? []).map(text => ({
    text,
    weight: /^[ \t]/.test(text) ? 0.02 : /^[\p{L}\p{N}_]/u.test(text) ? 1 : 0.4,
  }))
}

function isBlank({ text }: Token): boolean {
  return /^[ \t]/.test(text)
}

/** Whether the placeholder may stand for this stretch of the line. */
function stands(
  { name, type, range }: Placeholder,
  line: string,
  from: number,
  to: number,
  bound: Bindings,
): boolean {
  const text = line.slice(from, to)
  if (name !== undefined && Object.hasOwn(bound, name) && bound[name] !== text) return false
  if (type === undefined && range === undefined) return name !== undefined && Object.hasOwn(bound, name)
  const { run, valid } = VALUES[range ? 'int' : type!]
  run.lastIndex = from
  if ((run.exec(line)?.[0].length ?? 0) < to - from || !valid(text)) return false
  return !range || (Number(text) >= range.low && Number(text) <= range.high)
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

function literal(line: string): string {
  return escapeLine(line.trimEnd())
}

/** As the matcher compares lines. */
function squeezed(line: string): string {
  return line.replace(/[ \t]+/g, ' ').trimEnd()
}
