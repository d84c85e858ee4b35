import { fitLine, type Ready, show } from './fit.ts'
import { type Bindings, quote } from './placeholder.ts'
import { lookAlike } from './slips.ts'

export interface DiffLine {
  text: string
  ok: boolean
}

/** How an output differs from what was expected, for people. */
export interface Difference {
  /** `more`: lines are missing; `extra`: nothing claims some lines. */
  why: 'differs' | 'more' | 'extra'
  message: string
  /** Markdown line of the first pattern concerned; undefined where nothing at all is expected. */
  line?: number
  /** Rows side by side: both have the same length, with '' where a side has no line. */
  expected: DiffLine[]
  actual: DiffLine[]
}

export interface Compared {
  expected: Ready[]
  /** Output lines, squeezed. */
  lines: string[]
  /** The same as they were printed. */
  printed: string[]
  order: 'given' | 'any'
  ended: boolean
  /** Names known where the search came furthest. */
  bound: Bindings
  /** Index of the pattern that the search found no line for. */
  blamed: number
}

/** Rows shown, with those above the first difference, and characters of a line. */
const SHOWN = { rows: 40, above: 10, characters: 400 }
/** Patterns and lines that are aligned; what is beyond them is summed up. */
const ALIGNED = { patterns: 60, lines: 120 }
/** Of what a program has printed that goes on: so many of the last lines, one by one. */
const LAST = 3
/** Work allowed, see `Steps`: a diff that is less than perfect will do. */
const STEPS = 500_000

/** One row of a side-by-side diff: indexes into both sides. `lines` counts those that one row stands for. */
interface Row {
  pattern?: number
  line?: number
  lines?: number
  ok: boolean
}

/** Aligns both sides so that the fewest rows differ. */
export function difference(compared: Compared): Difference {
  const { expected, printed, order, ended, blamed } = compared
  const { rows, bound } = (order === 'any' ? rowsAnyOrder : rowsInOrder)(compared)
  if (rows.every(row => row.ok)) {
    // Each line fits alone, but not all of them with the same names.
    const row = rows.find(row => row.pattern === blamed) ?? rows.find(row => row.pattern !== undefined)
    if (row) row.ok = false
  }
  const first = Math.max(
    0,
    rows.findIndex(row => !row.ok),
  )
  const { pattern, line } = rows[first] ?? {}
  const wrong = rows.filter(row => !row.ok)
  const why = wrong.every(row => row.line === undefined)
    ? 'more'
    : wrong.every(row => row.pattern === undefined)
      ? 'extra'
      : 'differs'
  const above = rows.slice(0, first + 1).findLast(row => row.pattern !== undefined)?.pattern
  const wanted = pattern === undefined ? '' : quote(show(expected[pattern]!.pattern, bound))
  const got = line === undefined ? '' : quote(printed[line]!)
  const alike = wanted && got && lookAlike(wanted, got)
  return {
    why,
    message:
      wanted && got
        ? `expected ${wanted}, got ${got}${alike ? `; ${alike}` : ''}`
        : wanted
          ? `${ended ? 'the output has no line' : 'no line yet for'} ${wanted}`
          : `nothing on the page expects ${got}`,
    line: expected[above ?? 0]?.pattern.line,
    ...sides(rows, first, { ...compared, bound }),
  }
}

/** Rows, and the names that are known in them. */
interface Aligned {
  rows: Row[]
  bound: Bindings
}

function rowsInOrder({ expected, lines, bound, ended }: Compared): Aligned {
  const steps = { left: STEPS }
  const fits = (pattern: number, line: number) =>
    fitLine(expected[pattern]!, lines[line]!, bound, steps, true) !== undefined
  const isRest = (pattern: number) => expected[pattern]!.pattern.rest
  const above: Row[] = []
  let [from, to] = [0, expected.length]
  let [start, end] = [0, lines.length]
  while (from < to && start < end && !isRest(from) && fits(from, start)) {
    above.push({ pattern: from++, line: start++, ok: true })
  }
  const below: Row[] = []
  while (ended && from < to && start < end && !isRest(to - 1) && fits(to - 1, end - 1)) {
    below.unshift({ pattern: --to, line: --end, ok: true })
  }
  // Behind a leading `...` it is the end that says most.
  const surplus = Math.max(0, end - start - ALIGNED.lines)
  const skipped = from < to && isRest(from) ? surplus : 0
  const unaligned = Math.max(0, to - from - ALIGNED.patterns)
  const middle = align(from, to - unaligned, start + skipped, end - (surplus - skipped), {
    isRest,
    fits,
    ended,
  })
  for (let i = to - unaligned; i < to; i++) middle.push({ pattern: i, ok: false })
  if (surplus > skipped && ended) middle.push({ line: end - surplus, lines: surplus, ok: false })
  const [rest] = middle
  if (skipped && rest) middle[0] = { ...rest, line: start, lines: skipped + (rest.lines ?? 0) }
  return { rows: [...above, ...(ended ? middle : middle.flatMap(withLastLines)), ...below], bound }
}

/** A reader who waited in vain wants to see what came last: it may say why nothing else did. */
function withLastLines(row: Row, index: number, rows: Row[]): Row[] {
  const { pattern, line, lines = 0, ok } = row
  const vain = rows.slice(index + 1).every(later => later.line === undefined)
  if (!vain || lines === 0 || line === undefined) return [row]
  const shown = Math.min(lines, LAST)
  const summed = lines - shown
  const last = Array.from({ length: shown }, (_, i) => ({ line: line + summed + i, ok }))
  return summed > 0 ? [{ ...row, lines: summed }, ...last] : [{ pattern, ok }, ...last]
}

/** The cheapest way to pair patterns with lines: a pair that differs, a missing and an extra line cost 1 each. */
function align(
  from: number,
  to: number,
  start: number,
  end: number,
  {
    isRest,
    fits,
    ended,
  }: { isRest(p: number): boolean; fits(p: number, l: number): boolean; ended: boolean },
): Row[] {
  type Step = 'pair' | 'differ' | 'missing' | 'extra' | 'cover' | 'uncover' | 'stop'
  const width = end - start + 1
  /** Anywhere between two `...`: no line is its counterpart more than another. */
  const isAdrift = (p: number) => p > from && isRest(p - 1) && (p + 1 < to ? isRest(p + 1) : !ended)
  /** Which of two equally good ways comes first: what a program prints that goes on is under `...`, not nowhere. */
  const endOrGoOn = <Way>(end: Way, goOn: Way) => (ended ? [end, goOn] : [goOn, end])
  const costs: number[] = []
  const steps: Step[] = []
  for (let p = to; p >= from; p--) {
    for (let l = end; l >= start; l--) {
      const cell = (p - from) * width + (l - start)
      const at = (dp: number, dl: number) => (l + dl > end ? Infinity : costs[cell + dp * width + dl]!)
      const ways: [number, Step][] =
        p === to
          ? [ended && l < end ? [1 + at(0, 1), 'extra'] : [0, 'stop']]
          : isRest(p)
            ? endOrGoOn([at(1, 0), 'uncover'], [at(0, 1), 'cover'])
            : [
                [l < end && fits(p, l) ? at(1, 1) : Infinity, 'pair'],
                [isAdrift(p) ? Infinity : 1 + at(1, 1), 'differ'],
                [1 + at(1, 0), 'missing'],
                [1 + at(0, 1), 'extra'],
              ]
      const best = ways.reduce((a, b) => (b[0] < a[0] ? b : a))
      costs[cell] = best[0]
      steps[cell] = best[1]
    }
  }
  const rows: Row[] = []
  let covered = 0
  for (let p = from, l = start; ; ) {
    const step = steps[(p - from) * width + (l - start)]!
    if (step === 'stop') return rows
    if (step === 'pair' || step === 'differ') rows.push({ pattern: p++, line: l++, ok: step === 'pair' })
    else if (step === 'missing') rows.push({ pattern: p++, ok: false })
    else if (step === 'extra') rows.push({ line: l++, ok: false })
    else if (step === 'cover') {
      covered++
      l++
    } else {
      rows.push({ pattern: p++, ...(covered > 0 && { line: l - covered, lines: covered }), ok: true })
      covered = 0
    }
  }
}

/** Each pattern beside the first free line that fits; those left over beside each other. */
function rowsAnyOrder({ expected, lines, bound, ended }: Compared): Aligned {
  const rest = expected.findIndex(item => item.pattern.rest)
  const wanted = [...expected.keys()].filter(index => !expected[index]!.pattern.rest)
  const count = rest >= 0 || ended ? lines.length : Math.min(lines.length, wanted.length)
  const free = new Set(Array.from({ length: count }, (_, line) => line))
  const steps = { left: STEPS }
  let names = bound
  // What is literal first: it has no choice.
  const taken = new Map<number, number>()
  for (const index of wanted.toSorted((a, b) => openness(expected[a]!) - openness(expected[b]!))) {
    for (const line of free) {
      const known = fitLine(expected[index]!, lines[line]!, names, steps, true)
      if (!known) continue
      names = known
      taken.set(index, line)
      free.delete(line)
      break
    }
  }
  const left = rest >= 0 ? [] : [...free]
  const rows = wanted.map((pattern): Row => {
    const line = taken.get(pattern) ?? left.shift()
    return { pattern, line, ok: taken.has(pattern) }
  })
  if (rest >= 0 && free.size > 0) rows.push({ pattern: rest, line: [...free][0], lines: free.size, ok: true })
  rows.push(...left.map(line => ({ line, ok: false })))
  return { rows, bound: names }
}

const openness = ({ literal }: Ready) => (literal === undefined ? 1 : 0)

function sides(rows: Row[], first: number, { expected, printed, bound }: Compared) {
  const begin = Math.max(0, Math.min(first - SHOWN.above, rows.length - SHOWN.rows))
  const shown = rows.slice(begin, begin + SHOWN.rows)
  const cut = (text: string) =>
    text.length > SHOWN.characters ? `${text.slice(0, SHOWN.characters)}…` : text
  const left = shown.map(({ pattern, ok }) => {
    return { text: cut(pattern === undefined ? '' : show(expected[pattern]!.pattern, bound)), ok }
  })
  const right = shown.map(({ line, lines = 1, ok }) => {
    return { text: line === undefined ? '' : lines > 1 ? `... ${lines} lines` : cut(printed[line]!), ok }
  })
  const gap = (count: number) => (count > 0 ? [{ text: `... ${count} more`, ok: true }] : [])
  const [before, behind] = [gap(begin), gap(rows.length - begin - shown.length)]
  return { expected: [...before, ...left, ...behind], actual: [...before, ...right, ...behind] }
}
