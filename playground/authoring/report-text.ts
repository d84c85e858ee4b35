/** What `verify` says to people. Pure. */
import { inspect, styleText } from 'node:util'
import { relative } from '../course/places.ts'
import type { DiffLine, Machine } from '../protocol.ts'
import type { ResultState } from '../runner/results.ts'
import type { Problem } from './page-problems.ts'
import { countStates, type Failure, type PageReport, type Row, rowsOf, titleOf } from './report.ts'

/** Why nothing can be said of a transcript or a check, in words. */
export const LEFT_OUT: Partial<Record<ResultState, string>> = {
  skipped: 'skipped',
  inapplicable: 'not applicable',
}

/** `FILE:LINE: what; what to do`. */
export function problemText({ file, line, what, todo }: Problem): string {
  return clean(`${file}${line === undefined ? '' : `:${line}`}: ${what}; ${todo}`)
}

const COLOURS = {
  passed: 'green',
  failed: 'red',
  skipped: 'yellow',
  inapplicable: 'yellow',
  unreached: 'gray',
} as const

/**
 * A page's transcripts and checks, a line each, and what is not true. Colours where the terminal has them.
 *
 * @param brief without those that have passed, unless what they show was asked for
 */
export function pageText(page: PageReport, brief = false): string {
  const rows = rowsOf(page).filter(
    ({ state, printed, machine }) => !brief || state !== 'passed' || printed || machine,
  )
  const lines = rows.flatMap(row => [
    headOf(row),
    ...(row.printed ?? []).flatMap(({ command, lines }) => [
      ...(command === undefined
        ? []
        : command.split('\n').map((line, at) => shown(`${at === 0 ? '$' : '>'} ${line}`))),
      ...lines.map(shown),
    ]),
    ...machineLines(row.machine),
    ...row.failures.map(failure => explain(page.file, failure)),
  ])
  const end = page.machine ? ['  at the end:', ...machineLines(page.machine)] : []
  return [`${clean(titleOf(page))}  ${page.seconds.toFixed(1)} s`, ...lines, ...end].join('\n')
}

function headOf({ line, pane, title, state, reason, unjudged }: Row): string {
  const sign = { passed: '✓', failed: '✗', skipped: '-', inapplicable: '-', unreached: '·' }[state]
  const notes = [
    ...(reason ? [`${LEFT_OUT[state]}: ${reason}`] : []),
    ...(state === 'unreached' ? ['not reached'] : []),
    ...(unjudged ? [`${unjudged} bounds on time not judged`] : []),
  ]
  const note = notes.map(text => `  ${text}`).join('')
  const place = `${styleText(COLOURS[state], sign)} ${`${line}`.padStart(4)}`
  return `  ${place}  ${pane.padEnd(9)} ${clean(title + note)}`
}

/** As a check gets it. */
function machineLines(machine: Machine | undefined): string[] {
  if (!machine) return []
  return inspect(machine, { depth: null, maxArrayLength: null, breakLength: 100, compact: 4 })
    .split('\n')
    .map(shown)
}

function shown(line: string): string {
  return `           │ ${clean(line)}`.trimEnd()
}

/** Of pages that ran several times: what was not true each time. */
export function turnsText(pages: PageReport[]): string[] {
  const rows = pages.flatMap(page => rowsOf(page).map(row => ({ page, row })))
  const places = Map.groupBy(
    rows,
    ({ page, row }) => `${titleOf({ ...page, turn: undefined })}, line ${row.line}`,
  )
  return [...places].flatMap(([place, all]) => {
    const failed = all.filter(({ row }) => row.state === 'failed').length
    return failed > 0 ? [clean(`${place}: failed in ${failed} of ${all.length} runs`)] : []
  })
}

/** A mismatch as text: where, why, and what was expected beside what was printed. */
export function explain(file: string, { line, message, ...failure }: Failure): string {
  const head = `    ${relative(file)}:${line}: ${message}`
  return [head, ...sideBySide(failure).map(row => `      ${row}`)].map(clean).join('\n')
}

/** The last line. */
export function countsText(pages: PageReport[]): string {
  const counts = countStates(pages)
  const unjudged = pages.flatMap(rowsOf).reduce((sum, row) => sum + (row.unjudged ?? 0), 0)
  const text = `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`
  const more = [
    ...(counts.inapplicable > 0 ? [`${counts.inapplicable} not applicable`] : []),
    ...(counts.unreached > 0 ? [`${counts.unreached} not reached`] : []),
    ...(unjudged > 0 ? [`${unjudged} bounds on time not judged: the machine is slow`] : []),
  ]
  return [text, ...more].join(', ')
}

export function sideBySide({ expected = [], actual = [] }: Pick<Failure, 'expected' | 'actual'>): string[] {
  const rows = Array.from(
    { length: Math.max(expected.length, actual.length) },
    (_, index) => [expected[index], actual[index]] as const,
  )
  if (rows.length === 0) return []
  const width = Math.min(Math.max(8, ...expected.map(({ text }) => text.length)), 72)
  const cell = (side: DiffLine | undefined) => `${side && !side.ok ? '!' : ' '} ${side?.text ?? ''}`
  const table = rows.map(([left, right]) => `${cell(left).padEnd(width + 2)} │ ${cell(right)}`.trimEnd())
  return [`  ${'expected'.padEnd(width)} │   printed`, ...table]
}

/** One line, and nothing in it that a terminal obeys. */
export function clean(text: string): string {
  return text.toWellFormed().replace(/(?!\t)[\p{Cc}\u2028\u2029]/gu, '\ufffd')
}
