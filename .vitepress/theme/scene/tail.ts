/** The latency tail of a load: lines over the last minute, and a histogram of the last seconds. Pure. */
import type { LoadReport } from '../../../playground/protocol.ts'

/** What is drawn over time, seconds; and counted in the histogram. */
export const SHOWN = { line: 60, histogram: 10 }
/** Of the bars, as `load.ts` counts. Milliseconds. */
const ENDS = [
  1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 5000,
]
/** The least and the most that the axis has. Milliseconds. */
const AXIS = { low: 1, high: 5000 }

/** Height on a logarithmic axis: 0 at 1 ms and below, 1 at 5 s. */
export function heightOf(milliseconds: number): number {
  const { low, high } = AXIS
  return Math.log(Math.min(Math.max(milliseconds, low), high) / low) / Math.log(high / low)
}

/** Marks of the axis. */
export const MARKS = [1, 10, 100, 1000].map(end => ({
  end,
  height: heightOf(end),
  label: end < 1000 ? `${end} ms` : `${end / 1000} s`,
}))

/**
 * An SVG path through one figure of each report, `width` × `height`, the newest at the right. A pause in which
 * nothing was answered is a gap.
 */
export function lineOf(
  reports: readonly LoadReport[],
  figure: 'p50' | 'p99',
  { width, height }: { width: number; height: number },
): string {
  const end = reports.at(-1)?.at ?? 0
  let pen = 'M'
  return reports
    .flatMap(report => {
      const x = width * (1 - (end - report.at) / SHOWN.line)
      if (report.answered === 0 || x < 0) {
        pen = 'M'
        return []
      }
      const point = `${pen}${x.toFixed(1)} ${(height * (1 - heightOf(report[figure]))).toFixed(1)}`
      pen = 'L'
      return [point]
    })
    .join('')
}

export interface Bar {
  /** Upper end, milliseconds. */
  end: number
  count: number
  /** Of the highest one, 0 to 1. */
  part: number
}

/** The last seconds' answers by their time, each bar from the one before it to its own end. */
export function barsOf(reports: readonly LoadReport[]): Bar[] {
  const counts = sums(lately(reports).flatMap(({ times }) => times))
  const most = Math.max(1, ...counts.values())
  return ENDS.map(end => ({ end, count: counts.get(end) ?? 0, part: (counts.get(end) ?? 0) / most }))
}

/** Who has answered how often in the last seconds. */
export function answersOf(reports: readonly LoadReport[]): { pid: number; count: number }[] {
  const counts = sums(lately(reports).flatMap(({ workers }) => workers))
  return [...counts].map(([pid, count]) => ({ pid, count }))
}

function lately(reports: readonly LoadReport[]): readonly LoadReport[] {
  const last = reports.at(-1)?.at ?? 0
  return reports.filter(({ at }) => at > last - SHOWN.histogram)
}

function sums(pairs: readonly (readonly [number, number])[]): Map<number, number> {
  const found = new Map<number, number>()
  for (const [name, count] of pairs) found.set(name, (found.get(name) ?? 0) + count)
  return found
}

/** Over the last seconds: answers a second, what was lost, the median of the halves' p50, the highest p99. */
export function summaryOf(reports: readonly LoadReport[]) {
  const recent = lately(reports)
  const answered = recent.filter(report => report.answered > 0)
  const sorted = answered.map(({ p50 }) => p50).sort((a, b) => a - b)
  return {
    rate: Math.round(
      recent.reduce((sum, report) => sum + report.answered, 0) / Math.max(recent.length / 2, 0.5),
    ),
    lost: reports.reduce((sum, { lost }) => sum + lost, 0),
    p50: sorted[Math.floor(sorted.length / 2)],
    p99: answered.length > 0 ? Math.max(...answered.map(({ p99 }) => p99)) : undefined,
  }
}

/** For people: two figures at most. */
export function milliseconds(value: number | undefined): string {
  if (value === undefined) return '–'
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`
}
