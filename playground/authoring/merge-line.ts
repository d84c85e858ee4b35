/** What of a pattern is left in a line that has changed. Pure. */
import { type Bindings, type Part, type Placeholder, VALUES } from '../format/placeholder.ts'

/** What it costs to lose a placeholder; a word costs 1. */
const LOST = 2
/** Pairs of tokens that are compared. */
const MOST_PAIRS = 40_000

export interface Merged {
  /** The line, with those placeholders of the pattern in it that it still has. */
  parts: Part[]
  /** How much of both is the same, 0 to 1. */
  alike: number
}

/**
 * Aligns a pattern with a line that it does not fit, token by token.
 *
 * @param open names that are not bound yet, but will be: each may be any word for now
 * @param varies the pattern was true a run ago: a number that is another one now becomes `<_:int>` or `<_:float>`
 * @returns undefined where both are too long for that
 */
export function mergeLine(
  pattern: Part[],
  line: string,
  bound: Bindings,
  open: ReadonlySet<string>,
  varies: boolean,
): Merged | undefined {
  const old = pattern.flatMap<Token | Placeholder>(part =>
    typeof part === 'string' ? tokenize(part) : [part],
  )
  const tokens = tokenize(withoutEnd(line))
  if (old.length * tokens.length > MOST_PAIRS) return undefined
  const starts = [0]
  for (const { text } of tokens) starts.push(starts.at(-1)! + text.length)
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
        if (stands(item, line, starts[j]!, starts[k]!, bound, open)) add((k - j) * 0.01, 1, k)
      add(LOST, 1, j)
    } else if (item) {
      const difference = token ? (varies && numberFor(item, token) ? 0.1 : differenceOf(item, token)) : 1
      if (difference < 1) add(difference * item.weight, 1, j + 1)
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
    // How many blanks there are does not count: as the author wrote them.
    const kept = down && to > j ? item : undefined
    const text = kept && 'text' in kept && isBlank(kept) ? kept.text : line.slice(starts[j]!, starts[to]!)
    const number = varies && kept && 'text' in kept ? numberFor(kept, tokens[j]!) : undefined
    if (number) parts.push(number)
    else if (kept && 'source' in kept) parts.push(kept)
    else if (text && typeof parts.at(-1) === 'string') parts.push(parts.pop() + text)
    else if (text) parts.push(text)
    i += down
    j = to
  }
  const weight = [...old.map(item => ('source' in item ? LOST : item.weight)), ...tokens.map(t => t.weight)]
  const all = weight.reduce((sum, each) => sum + each, 0)
  return { parts, alike: all > 0 ? Math.max(0, 1 - table[0]![0]!.cost / all) : 0 }
}

/** A word, a run of blanks, or one other character: what a line is compared by. */
interface Token {
  text: string
  weight: number
}

function tokenize(text: string): Token[] {
  return (text.match(/[ \t]+|(?<![\w.])\d+\.\d+(?![\w.])|[\p{L}\p{N}_]+|./gsu) ?? []).map(text => ({
    text,
    weight: /^[ \t]/.test(text) ? 0.02 : /^[\p{L}\p{N}_]/u.test(text) ? 1 : 0.4,
  }))
}

/** 0: the same; 1: another. */
function differenceOf(a: Token, b: Token): number {
  if (a.text === b.text || (isBlank(a) && isBlank(b))) return 0
  return a.text.toLowerCase() === b.text.toLowerCase() ? 0.3 : 1
}

/** What stands for two numbers that differ; undefined where they do not, or are no numbers. */
function numberFor(a: Token, b: Token): Placeholder | undefined {
  if (a.text === b.text) return undefined
  const type = (['int', 'float'] as const).find(type =>
    [a, b].every(({ text }) => /^\d/.test(text) && VALUES[type].valid(text)),
  )
  return type && { source: `<_:${type}>`, type }
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
  open: ReadonlySet<string>,
): boolean {
  const text = line.slice(from, to)
  const known = name !== undefined && Object.hasOwn(bound, name)
  if (known && bound[name] !== text) return false
  if (type === undefined && range === undefined)
    return known || (name !== undefined && open.has(name) && /^[^\s]+$/.test(text))
  const { run, valid } = VALUES[range ? 'int' : type!]
  run.lastIndex = from
  if ((run.exec(line)?.[0].length ?? 0) < to - from || !valid(text)) return false
  return !range || (Number(text) >= range.low && Number(text) <= range.high)
}

/** Blanks at the end do not count. Other white space does, as for the matcher. */
export function withoutEnd(line: string): string {
  return line.replace(/[ \t]+$/, '')
}
