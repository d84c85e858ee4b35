/** What `verify` says: as text for people, and for machines as GitHub's annotations, JUnit's XML or JSON. Pure. */
import { styleText } from 'node:util'
import type { Lang } from '../format/transcript.ts'
import type { DiffLine, Verdict } from '../protocol.ts'
import type { Result, ResultState } from '../runner/runner.ts'
import type { CheckResult } from '../workbench/check-trial.ts'
import { relative } from '../workbench/course.ts'
import type { Problem } from './page-checks.ts'

/** All that one `verify` has found; what `--reporter json` writes. Files are as short as they can be. */
export interface Report {
  /** Of this shape. A field that is added leaves it as it is. */
  version: 1
  ok: boolean
  /** What `verify` ends with. 0: all is true. 1: something is not. 2: a page cannot be run. */
  status: 0 | 1 | 2
  /** Release of the kernel that it ran on. */
  kernel: string
  /** When it ended, ISO 8601 in UTC. */
  date: string
  /** Mistakes on pages, which are why nothing was run; pages of which nothing could run; warnings, which are no reason. */
  problems: (Problem & { severity: 'mistake' | 'warning' })[]
  /** Commands whose expected output `--update` has rewritten; lines are those of the file as it is now. */
  updated: { file: string; line: number }[]
  pages: PageReport[]
}

/** One run of one page. */
export interface PageReport {
  file: string
  /** Null for a page without `lang=`. */
  lang: Lang | null
  seconds: number
  transcripts: TranscriptReport[]
  checks: CheckReport[]
}

/** What a person reads of a transcript or a check. */
interface Row {
  line: number
  pane: string
  /** The commands' first lines. */
  title: string
  state: ResultState
  seconds: number
  /** Why it was skipped, or is not applicable. */
  reason?: string
  failures: Failure[]
}

export interface TranscriptReport extends Row {
  /** Digest of its text, as the site knows it: an edited one has another. */
  id: string
}

export interface CheckReport extends Omit<Row, 'pane' | 'title'> {
  name: string
}

export type Failure = Pick<Verdict, 'line' | 'why' | 'message' | 'expected' | 'actual' | 'status'>

/** @param strict what was skipped is a failure */
export function reportOf(result: Result, seconds: number, strict = false): TranscriptReport {
  const { transcript, state, reason, verdicts } = result
  const { id, line, pane, commands } = transcript
  const title =
    commands.map(({ kind, input }) => (kind === 'interrupt' ? '^C' : input[0])).join('; ') || '(output)'
  const failures = verdicts
    .filter(({ ok }) => !ok)
    .map(({ line, why, message, expected, actual, status }) => ({
      line,
      why,
      message,
      expected,
      actual,
      status,
    }))
  return judged({ id, line, pane, title, state, seconds: rounded(seconds), reason, failures }, strict)
}

export function reportOfCheck(result: CheckResult, seconds: number, strict = false): CheckReport {
  const { check, state, message, reason } = result
  const { line, name } = check
  const failures = message === undefined ? [] : [{ line, message }]
  return judged({ line, name, state, seconds: rounded(seconds), reason, failures }, strict)
}

function judged<Judged extends Omit<Row, 'pane' | 'title'>>(row: Judged, strict: boolean): Judged {
  if (!strict || row.state !== 'skipped') return row
  const message = `this cannot run: it ${row.reason}`
  return { ...row, state: 'failed', reason: undefined, failures: [{ line: row.line, message }] }
}

/** Pages of which nothing has run, in no language: they prove nothing. */
export function unproven(pages: PageReport[]): Report['problems'] {
  const left: ResultState[] = ['skipped', 'inapplicable']
  return [...Map.groupBy(pages, ({ file }) => file)].flatMap(([file, runs]): Report['problems'] => {
    const rows = runs.flatMap(({ transcripts }) => transcripts)
    if (rows.length === 0 || rows.some(({ state }) => !left.includes(state))) return []
    const todo = 'run it on a machine that has what it needs'
    return [{ severity: 'mistake', file, what: 'nothing of this page has run, so nothing is proven', todo }]
  })
}

/** Transcripts and checks in page order, as a person reads of them. */
export function rowsOf({ transcripts, checks }: PageReport): Row[] {
  const rows = checks.map(({ name, ...check }) => ({ ...check, pane: 'check', title: name }))
  return [...transcripts, ...rows].sort((a, b) => a.line - b.line)
}

export function titleOf({ file, lang }: Pick<PageReport, 'file' | 'lang'>): string {
  return `${file}${lang ? ` (${lang})` : ''}`
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
const NAMES: Partial<Record<ResultState, string>> = { skipped: 'skipped', inapplicable: 'not applicable' }

/** A page's transcripts and checks, a line each, and what is not true. Colours where the terminal has them. */
export function pageText(page: PageReport): string {
  const lines = rowsOf(page).flatMap(({ line, pane, title, state, reason, failures }) => {
    const sign = { passed: '✓', failed: '✗', skipped: '-', inapplicable: '-', unreached: '·' }[state]
    const colour = COLOURS[state]
    const note = reason ? `  ${NAMES[state]}: ${reason}` : state === 'unreached' ? '  not reached' : ''
    const head = `  ${styleText(colour, sign)} ${`${line}`.padStart(4)}  ${pane.padEnd(9)} ${clean(title + note)}`
    return [head, ...failures.map(failure => explain(page.file, failure))]
  })
  return [`${clean(titleOf(page))}  ${page.seconds.toFixed(1)} s`, ...lines].join('\n')
}

/** A mismatch as text: where, why, and what was expected beside what was printed. */
export function explain(file: string, { line, message, ...failure }: Failure): string {
  const head = `    ${relative(file)}:${line}: ${message}`
  return [head, ...sideBySide(failure).map(row => `      ${row}`)].map(clean).join('\n')
}

/** The last line. */
export function countsText(pages: PageReport[]): string {
  const counts = countStates(pages)
  const text = `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`
  const more = [
    ...(counts.inapplicable > 0 ? [`${counts.inapplicable} not applicable`] : []),
    ...(counts.unreached > 0 ? [`${counts.unreached} not reached`] : []),
  ]
  return [text, ...more].join(', ')
}

/**
 * GitHub's workflow commands: they put each failure, and each skip, beside its line of the Markdown.
 *
 * @returns one line each
 */
export function githubText({ problems, pages }: Pick<Report, 'problems' | 'pages'>): string {
  const found = problems.map(({ severity, file, line, what, todo }) =>
    annotation(
      severity === 'mistake' ? 'error' : 'warning',
      { file, line, title: severity },
      `${what}; ${todo}`,
    ),
  )
  const failed = pages.flatMap(page =>
    rowsOf(page).flatMap(({ line, pane, title, state, reason, failures }) => {
      const place = { file: page.file, line, title: `${page.lang ? `${page.lang}, ` : ''}${pane}: ${title}` }
      const name = NAMES[state]
      const left = name && annotation(state === 'skipped' ? 'warning' : 'notice', place, `${name}: ${reason}`)
      const errors = failures.map(failure => {
        const text = [failure.message, ...sideBySide(failure)].join('\n')
        return annotation('error', { ...place, line: failure.line }, text)
      })
      return [...(left ? [left] : []), ...errors]
    }),
  )
  return [...found, ...failed].join('\n')
}

/**
 * JUnit's XML, as Jenkins, GitLab and others read it: a page is a suite, a transcript or a check a case. What has no line is a
 * case named after its page.
 */
export function junitText({ problems, pages }: Pick<Report, 'problems' | 'pages'>): string {
  const mistakes = problems.filter(({ severity }) => severity === 'mistake')
  const files = [...new Set(mistakes.map(({ file }) => file))]
  const broken = files.map(file => {
    const cases = mistakes
      .filter(mistake => mistake.file === file)
      .map(mistake => {
        const where = {
          name: mistake.line === undefined ? file : `line ${mistake.line}`,
          classname: file,
          time: 0,
        }
        const { what, todo } = mistake
        return element('testcase', where, [
          element('error', { message: `${what}; ${todo}` }, problemText(mistake)),
        ])
      })
    const counts = { tests: cases.length, failures: 0, errors: cases.length, skipped: 0, time: 0 }
    return element('testsuite', { name: file, ...counts }, cases)
  })
  const suites = pages.map(page => {
    const { failed, skipped, inapplicable, unreached } = countStates([page])
    const rows = rowsOf(page)
    const counts = {
      tests: rows.length,
      failures: failed,
      errors: 0,
      skipped: skipped + inapplicable + unreached,
    }
    const cases = rows.map(row => junitCase(page, row))
    return element('testsuite', { name: titleOf(page), ...counts, time: page.seconds }, cases)
  })
  const { failed, skipped, inapplicable, unreached } = countStates(pages)
  const tests = mistakes.length + pages.reduce((sum, page) => sum + rowsOf(page).length, 0)
  const time = rounded(pages.reduce((sum, { seconds }) => sum + seconds, 0))
  const counts = {
    tests,
    failures: failed,
    errors: mistakes.length,
    skipped: skipped + inapplicable + unreached,
    time,
  }
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', { name: 'verify', ...counts }, [...broken, ...suites])}\n`
}

export function jsonText(report: Report): string {
  return `${JSON.stringify(report, undefined, 2)}\n`
}

function countStates(pages: PageReport[]): Record<ResultState, number> {
  const counts = { passed: 0, failed: 0, skipped: 0, inapplicable: 0, unreached: 0 }
  for (const { state } of pages.flatMap(rowsOf)) counts[state]++
  return counts
}

function sideBySide({ expected = [], actual = [] }: Pick<Failure, 'expected' | 'actual'>): string[] {
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
function clean(text: string): string {
  return text.toWellFormed().replace(/(?!\t)[\p{Cc}\u2028\u2029]/gu, '\ufffd')
}

function annotation(
  kind: 'error' | 'warning' | 'notice',
  { file, line, title }: { file: string; line?: number; title: string },
  message: string,
): string {
  const data = (text: string) =>
    text.split(/\r?\n/).map(clean).join('\n').replace(/%/g, '%25').replace(/\n/g, '%0A')
  const property = (text: string) => data(text).replace(/:/g, '%3A').replace(/,/g, '%2C')
  const words = [
    `file=${property(file)}`,
    ...(line === undefined ? [] : [`line=${line}`]),
    `title=${property(title)}`,
  ]
  return `::${kind} ${words.join(',')}::${data(message)}`
}

function junitCase(page: PageReport, { line, pane, title, state, seconds, reason, failures }: Row): string {
  const where = {
    name: `line ${line}, ${pane}: ${title}`,
    classname: titleOf(page),
    file: page.file,
    line,
    time: seconds,
  }
  const inner = failures.map(failure =>
    element(
      'failure',
      { message: failure.message ?? '', type: failure.why ?? 'differs' },
      explain(page.file, failure),
    ),
  )
  if (state === 'skipped' || state === 'inapplicable')
    inner.push(element('skipped', { message: reason ?? '' }, []))
  if (state === 'unreached')
    inner.push(element('skipped', { message: 'not reached: a transcript above it failed' }, []))
  return element('testcase', where, inner)
}

/** @param content elements, one a line, or text */
function element(
  name: string,
  attributes: Record<string, string | number>,
  content: string[] | string,
): string {
  const words = Object.entries(attributes).map(([key, value]) => ` ${key}="${xml(`${value}`)}"`)
  const open = `<${name}${words.join('')}`
  if (content.length === 0) return `${open}/>`
  if (typeof content === 'string') return `${open}>${xml(content, false)}</${name}>`
  const inner = content.flatMap(each => each.split('\n')).join('\n')
  return `${open}>\n${inner}\n</${name}>`
}

/** XML 1.0 has no way to write most control characters: U+FFFD stands for them. `]]>` needs its `>` escaped. */
function xml(text: string, attribute = true): string {
  const legal = text.replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\ufffd')
  const escaped = legal.replace(
    /[&<>"]/g,
    char => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[char] ?? '&quot;',
  )
  // A reader of attributes takes a raw newline or tab for a blank; of text, CR LF for a newline.
  const raw = attribute ? /[\t\n\r]/g : /\r/g
  return escaped.replace(raw, char => `&#${char.charCodeAt(0)};`)
}

/** Seconds, to the millisecond. */
function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000
}
