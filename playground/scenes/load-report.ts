/** What a load generator says twice a second, read from what it prints. A learner's program may print anything. */
import type { LoadReport } from '../protocol.ts'

/** Of a line; what is longer is none of ours. */
const MAX_LINE = 4096
/** Of one report. */
const MAX_PAIRS = 64
/** Of a program that prints as fast as it can so many are taken in one go, and then so many a second. */
const MAX_BURST = 20
const MAX_RATE = 10
const COUNTS =
  /^(\d{1,7}\.\d) s: (\d{1,6}) answered, (\d{1,6}) lost, ms p50 (\d{1,7}\.\d) p99 (\d{1,7}\.\d) max (\d{1,7}\.\d)$/
const SHARES = /^ {2}ms ([\d: -]{1,2000}?) {2}worker ([\d: -]{1,2000})$/

/**
 * Takes what a pane prints, in whatever pieces it comes.
 *
 * @param onReport called with each whole report, two lines of `load.ts`
 */
export function createReportReader(onReport: (report: LoadReport) => void): (text: string) => void {
  let rest = ''
  let counts: Omit<LoadReport, 'times' | 'workers'> | undefined
  let left = MAX_BURST
  let since = performance.now()
  return text => {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!.slice(-MAX_LINE)
    for (const line of lines) {
      // Most of what programs print is none, and there may be millions.
      const isNext = /^\d{1,7}\.\d s: /.test(line) ? isTaken() : counts && line.startsWith('  ms ')
      if (!isNext) {
        counts = undefined
        continue
      }
      const clean = line.replace(/\r$/, '')
      const shares = counts && SHARES.exec(clean)
      if (counts && shares) onReport({ ...counts, times: pairs(shares[1]!), workers: pairs(shares[2]!) })
      const found = COUNTS.exec(clean)
      const [at, answered, lost, p50, p99, longest] = (found?.slice(1) ?? []).map(Number)
      counts = found
        ? { at: at!, answered: answered!, lost: lost!, p50: p50!, p99: p99!, longest: longest! }
        : undefined
    }
  }

  function isTaken(): boolean {
    const now = performance.now()
    left = Math.min(MAX_BURST, left + ((now - since) * MAX_RATE) / 1000)
    since = now
    if (left < 1) return false
    left--
    return true
  }
}

function pairs(text: string): [number, number][] {
  return [...text.matchAll(/(\d{1,7}):(\d{1,6})/g)]
    .slice(0, MAX_PAIRS)
    .map(([, name, count]) => [Number(name), Number(count)])
}
