/** What a load generator says twice a second, read from what it prints. A learner's program may print anything. */
import { LOAD } from '../format/scene.ts'
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
/** `load.ts` folds a line that is too long: each but the last part ends so, and each but the first begins so. */
const FOLD = { end: '\\', begin: '    ' }
const SETTINGS = new RegExp(`^settings: ${LOAD.map(name => `${name} (\\d{1,4})`).join(', ')}$`)
const SHARES = /^ {2}ms ([\d: -]{1,2000}?) {2}worker ([\d: -]{1,2000})$/

/**
 * Takes what a pane prints, in whatever pieces it comes.
 *
 * @param onReport called with each whole report of `load.ts`, and what its settings are
 */
export function createReportReader(onReport: (report: LoadReport) => void): (text: string) => void {
  let rest = ''
  let counts: Omit<LoadReport, 'times' | 'workers'> | undefined
  /** The second line, as far as it has come. */
  let shares = ''
  let settings: LoadReport['settings']
  let left = MAX_BURST
  let since = performance.now()
  return text => {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!.slice(-MAX_LINE)
    for (const line of lines) {
      // Most of what programs print is none, and there may be millions.
      const begins = shares === '' ? '  ms ' : FOLD.begin
      if (counts && line.startsWith(begins)) addShares(line, begins)
      else {
        counts = undefined
        shares = ''
        if (/^\d{1,7}\.\d s: /.test(line)) {
          if (isTaken()) counts = countsIn(line)
        } else if (line.startsWith('settings: ')) settings = settingsIn(line) ?? settings
      }
    }
  }

  function addShares(line: string, begins: string): void {
    shares = (shares + (shares === '' ? clean(line) : clean(line).slice(begins.length))).slice(0, MAX_LINE)
    if (shares.endsWith(FOLD.end)) {
      shares = shares.slice(0, -FOLD.end.length)
      return
    }
    const [, times, workers] = SHARES.exec(shares) ?? []
    if (times && workers)
      onReport({ ...counts!, times: pairs(times), workers: pairs(workers), ...(settings && { settings }) })
    counts = undefined
    shares = ''
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

function clean(line: string): string {
  return line.replace(/\r$/, '')
}

function countsIn(line: string): Omit<LoadReport, 'times' | 'workers'> | undefined {
  const found = COUNTS.exec(clean(line))
  const [at, answered, lost, p50, p99, longest] = (found?.slice(1) ?? []).map(Number)
  return found
    ? { at: at!, answered: answered!, lost: lost!, p50: p50!, p99: p99!, longest: longest! }
    : undefined
}

function settingsIn(line: string): LoadReport['settings'] {
  const found = SETTINGS.exec(clean(line))
  return found ? Object.fromEntries(LOAD.map((name, at) => [name, Number(found[at + 1])])) : undefined
}

function pairs(text: string): [number, number][] {
  return [...text.matchAll(/(\d{1,7}):(\d{1,6})/g)]
    .slice(0, MAX_PAIRS)
    .map(([, name, count]) => [Number(name), Number(count)])
}
