import { endsOpen, fitLine, type Ready, type Steps } from './fit.ts'
import type { Bindings } from './placeholder.ts'

export interface Search {
  expected: Ready[]
  /** Output lines, squeezed. */
  lines: string[]
  /** Index of a line that could still grow: nothing open may end there. */
  unfinished?: number
  bound: Bindings
  /** All lines are here and must be claimed; else the first ones must be. */
  ended: boolean
  /** Nothing is found once it has run out. */
  steps: Steps
}

export interface Found {
  ok: boolean
  /** Not found, but more lines could help. */
  wait: boolean
  /** All names; where nothing was found, those known where the search came furthest. */
  bound: Bindings
  /** Lines claimed. */
  used: number
  /** Of each pattern but `...`: the index of its line. Empty where nothing was found. */
  places: number[]
  /** Index of the pattern that the search found no line for; -1 where it cannot be said. */
  blamed: number
}

/** What one place costs, beside the lines compared and the names written out there. */
const PLACE_STEPS = 10

/** Leftmost places for the runs of lines between `...`; once ended, the last run's place is at the end. */
export function searchInOrder({ expected, lines, unfinished, bound, ended, steps }: Search): Found {
  const runs: { first: number; patterns: Ready[] }[] = [{ first: 0, patterns: [] }]
  for (const [index, item] of expected.entries()) {
    // Several `...` in a row are one.
    if (item.pattern.rest && expected[index - 1]?.pattern.rest) runs.at(-1)!.first = index + 1
    else if (item.pattern.rest) runs.push({ first: index + 1, patterns: [] })
    else runs.at(-1)!.patterns.push(item)
  }
  const furthest = { blamed: -1, bound }
  let starved = false
  /** Run and names → line from which on there is no place: searching again from there would cost squares. */
  const hopeless = new Map<string, number>()

  const placed = place(0, 0, bound)
  if (placed) return { ok: true, wait: false, blamed: -1, ...placed }
  return { ok: false, wait: starved && !ended, used: 0, places: [], ...furthest }

  function place(
    run: number,
    from: number,
    names: Bindings,
  ): { bound: Bindings; used: number; places: number[] } | undefined {
    const last = run === runs.length - 1
    const length = runs[run]!.patterns.length
    const key = `${run} ${JSON.stringify(names)}`
    steps.left -= PLACE_STEPS + key.length / 2
    const stop = run === 0 ? 0 : (hopeless.get(key) ?? lines.length + 1) - 1
    for (let at = from; at <= stop && steps.left >= 0; at++) {
      const fit = fitRun(run, at, names)
      const end = at + length
      if (!fit || (last && ended && end < lines.length)) continue
      const behind = last ? { bound: fit, used: end, places: [] } : place(run + 1, end, fit)
      const mine = Array.from({ length }, (_, i) => at + i)
      if (behind) return { ...behind, places: [...mine, ...behind.places] }
    }
    hopeless.set(key, from)
    return undefined
  }

  function fitRun(run: number, start: number, names: Bindings): Bindings | undefined {
    const { first, patterns } = runs[run]!
    let known = names
    for (const [i, pattern] of patterns.entries()) {
      const line = lines[start + i]
      const open = start + i === unfinished && endsOpen(pattern)
      const fit = line === undefined || open ? undefined : fitLine(pattern, line, known, steps)
      if (line === undefined) starved = true
      if (!fit && first + i > furthest.blamed) Object.assign(furthest, { blamed: first + i, bound: known })
      if (!fit) return undefined
      known = fit
    }
    return known
  }
}

/** A different line for each pattern; without `...` also a pattern for each line. */
export function searchAnyOrder({ expected, lines, unfinished, bound, ended, steps }: Search): Found {
  const patterns = expected.filter(item => !item.pattern.rest)
  const rest = patterns.length < expected.length
  const fit: Fit = (p, line, names, loose) =>
    line === unfinished && endsOpen(patterns[p]!)
      ? undefined
      : fitLine(patterns[p]!, lines[line]!, names, steps, loose)
  let found: Found = { ok: false, wait: rest && !ended, bound, used: 0, places: [], blamed: -1 }

  if (!rest && ended && lines.length > patterns.length) return found
  if (lines.length < patterns.length) {
    const hopeful = () =>
      assign(lines.length, patterns.length, bound, steps, (line, p, ...more) => fit(p, line, ...more))
    return { ...found, wait: !ended && (rest || hopeful() !== undefined) }
  }
  // Once it fits, as few lines as will do: the `...` ends at the first place, however many lines have come by now.
  let among = rest ? lines.length : patterns.length
  while (among >= patterns.length) {
    const all = assign(patterns.length, among, bound, steps, fit)
    if (!all) break
    const [places, used] = [all.taken, Math.max(-1, ...all.taken) + 1]
    found = { ...found, ok: true, wait: false, bound: all.bound, used, places }
    among = ended ? -1 : found.used - 1
  }
  return found
}

type Fit = (item: number, other: number, names: Bindings, loose: boolean) => Bindings | undefined

/**
 * Gives each item one of `pool` others, the first that will do, going back where that leads nowhere: where one that
 * comes later has none left, or names would have two values.
 */
function assign(
  items: number,
  pool: number,
  bound: Bindings,
  steps: Steps,
  fit: Fit,
): { bound: Bindings; taken: number[] } | undefined {
  const candidates: number[][] = []
  for (let item = 0; item < items; item++) {
    const others: number[] = []
    for (let other = 0; other < pool && steps.left >= 0; other++)
      if (fit(item, other, bound, true)) others.push(other)
    candidates.push(others)
  }
  if (steps.left < 0) return undefined
  const free = new Array<boolean>(pool).fill(true)
  const taken: number[] = []
  const names = [bound]
  const hopeful = () => {
    const later = candidates.slice(taken.length)
    steps.left -= later.length
    if (!later.every(others => others.some(other => free[other]))) return false
    if (items === pool) steps.left -= later.reduce((sum, others) => sum + others.length, 0) / 32
    // As many items as others: each of those must find one, too.
    return items < pool || new Set(later.flat().filter(other => free[other])).size === later.length
  }
  let next = 0
  if (!hopeful()) return undefined
  while (taken.length < items && steps.left >= 0) {
    const others = candidates[taken.length]!
    let known: Bindings | undefined
    for (; next < others.length && !known; next++) {
      const other = others[next]!
      known = free[other] ? fit(taken.length, other, names.at(-1)!, false) : undefined
    }
    if (known) {
      taken.push(next - 1)
      free[others[next - 1]!] = false
      names.push(known)
      next = 0
      if (hopeful()) continue
    }
    const last = taken.pop()
    if (last === undefined) return undefined
    free[candidates[taken.length]![last]!] = true
    names.pop()
    next = last + 1
  }
  return steps.left < 0
    ? undefined
    : { bound: names.at(-1)!, taken: taken.map((at, item) => candidates[item]![at]!) }
}
