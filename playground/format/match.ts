import { type DiffLine, difference } from './diff.ts'
import { type Ready, ready, squeeze } from './fit.ts'
import type { Output } from './output.ts'
import { type Bindings, type Pattern, quote } from './placeholder.ts'
import { searchAnyOrder, searchInOrder } from './search.ts'

export interface MatchOptions {
  /** `any`: lines in any order; names are tried in output order. */
  order: 'given' | 'any'
  /** The program has ended: all its output is here and must be claimed. */
  ended: boolean
  /**
   * The unfinished last line, as `normalize` gives it. Once the program has ended it is a line like any other;
   * before, it fits only the last expected line, and only where that ends in no open placeholder: the rest of a
   * number could still come.
   *
   * @default ''
   */
  partial?: string
  /**
   * Markdown line to blame where nothing at all is expected: the expectation's.
   *
   * @default 0
   */
  line?: number
}

export type Match =
  | {
      ok: true
      /** All names, old and new. */
      bound: Bindings
      /**
       * Lines claimed, an unfinished one included as one. A `...` at the end claims nothing while the program
       * runs: it covers what comes up to the next expectation, so put it in front of that one's patterns.
       */
      used: number
      /** Of each pattern but `...`, in the page's order: the index of the line that fits it. */
      places: number[]
      /** The unfinished line's text, if it is claimed; what is printed behind it on that line is not. Else ''. */
      partial: string
    }
  | {
      ok: false
      /** The program has not ended, and more lines could still make it match. */
      wait: boolean
      /** `more`: lines are missing; `extra`: nothing claims some lines; else `differs`. */
      why: 'differs' | 'more' | 'extra'
      /** One sentence for people. */
      message: string
      /** Markdown line blamed. */
      line: number
      /** Rows of a side-by-side diff, as many as in `actual`: '' where a side has no line. */
      expected: DiffLine[]
      actual: DiffLine[]
    }

/** Work allowed for one match, in `Steps`: this much, and so much more for each character of output. */
const STEPS = { base: 1_000_000, perCharacter: 2 }

/**
 * Matches the lines of one command's output, as `normalize` gives them, against what is expected.
 *
 * Blank lines at the end do not count, nor do blanks at the end of a line; runs of blanks are one. While the
 * program runs, the first lines must match and later ones are left for the next fence. Time is linear in the
 * output: where lines could be claimed in so many ways that it would not be, the verdict says so.
 */
export function matchOutput(
  patterns: Pattern[],
  actual: string[],
  bound: Bindings,
  options: MatchOptions,
): Match {
  const { order, ended, partial = '' } = options
  const expected = withoutBlankEnd(patterns, p => !p.rest && p.source.trim() === '').map(p => ready(p, bound))
  const whole = ended && partial ? [...actual, partial] : actual
  const shown = ended ? withoutBlankEnd(whole, line => line.trim() === '') : whole
  const lines = shown.map(squeeze)
  const stray = unboundName(expected)
  const work = lines.reduce((sum, line) => sum + line.length + 1, 0)
  const steps = { left: STEPS.base + STEPS.perCharacter * work }
  const search = order === 'any' ? searchAnyOrder : searchInOrder
  const found = search({ expected, lines, bound, ended, steps })
  if (found.ok) {
    const used = ended ? whole.length : found.used
    return { ok: true, bound: found.bound, used, places: found.places, partial: '' }
  }
  if (found.wait && partial.trim() !== '') {
    const longer = [...lines, squeeze(partial)]
    const all = search({ expected, lines: longer, unfinished: lines.length, bound, ended, steps })
    if (all.ok) return { ok: true, bound: all.bound, used: all.used, places: all.places, partial }
  }
  const { blamed } = found
  const diff = difference({ expected, lines, printed: shown, order, ended, bound: found.bound, blamed })
  const gaveUp = steps.left < 0
  if (gaveUp)
    diff.message = 'gave up: lines can be claimed in too many ways; put more text beside placeholders'
  if (stray) diff.message = `${quote(stray.source)} is not known yet: run what stands above first`
  const line = stray?.line ?? diff.line ?? options.line ?? 0
  return { ok: false, wait: found.wait && !stray && !gaveUp, ...diff, line }
}

/**
 * What is left of a program's output behind what an expectation has claimed. The newline of a claimed unfinished
 * line belongs to it, whenever it comes; other text behind it does not.
 */
export function unclaimed(output: Output, claimed: { used: number; partial: string }): Output {
  const { used, partial } = claimed
  if (partial === '') return { lines: output.lines.slice(used), partial: output.partial }
  const behind = (line: string) => (line.startsWith(partial) ? line.slice(partial.length) : line)
  const last = output.lines[used - 1]
  if (last === undefined) return { lines: [], partial: behind(output.partial) }
  const rest = behind(last)
  return { lines: [...(rest ? [rest] : []), ...output.lines.slice(used)], partial: output.partial }
}

function withoutBlankEnd<T>(items: T[], blank: (item: T) => boolean): T[] {
  return items.slice(0, items.findLastIndex(item => !blank(item)) + 1)
}

/** A name that is used, but bound neither before nor by these patterns. */
function unboundName(expected: Ready[]): { line: number; source: string } | undefined {
  const open = expected.flatMap(({ pattern, parts }) =>
    parts.filter(part => typeof part !== 'string').map(part => ({ ...part, line: pattern.line })),
  )
  const binds = new Set(open.filter(part => part.type || part.range).map(part => part.name))
  return open.find(part => !part.type && !part.range && !binds.has(part.name))
}
