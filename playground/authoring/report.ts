/** What `verify` has found, in the shape that its reporters write. Pure. */
import type { Lang } from '../format/transcript.ts'
import type { Way } from '../format/way.ts'
import type { Machine, Verdict } from '../protocol.ts'
import type { CheckResult, Result, ResultState } from '../runner/results.ts'
import type { Ground } from './ground.ts'
import type { Problem } from './page-problems.ts'

/** All that one `verify` has found; what `--reporter json` writes. Files are as short as they can be. */
export interface Report {
  /** Of this shape. A field that is added leaves it as it is. */
  version: 1
  ok: boolean
  /** What `verify` ends with. 0: all is true. 1: something is not. 2: a page cannot be run. */
  status: 0 | 1 | 2
  /** Release of the kernel that it ran on. */
  kernel: string
  /** What it ran in, and with which tools; undefined where nothing has run. */
  ground?: Ground
  /** When it ended, ISO 8601 in UTC. */
  date: string
  /** Mistakes on pages, which are why nothing was run; pages of which nothing could run; warnings, which are no reason. */
  problems: (Problem & { severity: 'mistake' | 'warning' })[]
  /** Commands whose expected output `--update` has rewritten; lines are those of the file as it is now. */
  updated: { file: string; line: number }[]
  /** How many times as long everything was allowed to take; then no bound on time was judged. */
  slow?: number
  pages: PageReport[]
}

/** One run of one page. */
export interface PageReport {
  file: string
  /** Null for a page without `lang=`. */
  lang: Lang | null
  /** Undefined: the page itself. */
  way?: Way
  /** Which one of several, from 1. */
  turn?: number
  /** When it ended, ISO 8601 in UTC. */
  date: string
  seconds: number
  /** How its programs have left it, where it was asked for. */
  machine?: Machine
  transcripts: TranscriptReport[]
  checks: CheckReport[]
}

/** What a person reads of a transcript or a check. */
export interface Row {
  line: number
  pane: string
  /** The commands' first lines. */
  title: string
  state: ResultState
  seconds: number
  /** Why it was skipped, or is not applicable. */
  reason?: string
  /** Bounds on time that were not judged: the machine was said to be slow. */
  unjudged?: number
  failures: Failure[]
  /** What its commands have printed, where it was asked for. */
  printed?: PrintedReport[]
  /** The machine at a check, where it was asked for. */
  machine?: Machine
}

/** What one command has printed, as it is compared; of what is very long the beginning. */
export interface PrintedReport {
  /** As it stands on the page; undefined for a fence's opening output. */
  command?: string
  lines: string[]
}

export interface TranscriptReport extends Row {
  /** Digest of its text, as the site knows it: an edited one has another. */
  id: string
}

export interface CheckReport extends Omit<Row, 'pane' | 'title' | 'unjudged' | 'printed'> {
  name: string
}

export type Failure = Pick<Verdict, 'line' | 'why' | 'message' | 'expected' | 'actual' | 'status'>

/** @param strict what was skipped is a failure */
export function reportOf(result: Result, seconds: number, strict: boolean): TranscriptReport {
  const { transcript, state, reason, verdicts } = result
  const { id, line, pane, commands, unjudged } = transcript
  const title =
    commands.map(({ kind, input }) => (kind === 'interrupt' ? '^C' : input[0])).join('; ') || '(output)'
  const failures = verdicts
    .filter(({ ok }) => !ok)
    .map(({ ok: _, fence, command, bound, ...failure }) => failure)
  const row = { id, line, pane, title, state, seconds: rounded(seconds), reason, failures }
  return judged(unjudged && state === 'passed' ? { ...row, unjudged } : row, strict)
}

/** As `reportOf`. */
export function reportOfCheck(result: CheckResult, seconds: number, strict: boolean): CheckReport {
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

export function titleOf({
  file,
  lang,
  way,
  turn,
}: Pick<PageReport, 'file' | 'lang' | 'way' | 'turn'>): string {
  const part = way ? ` ${way.challenge}, solution ${way.solution}` : ''
  return `${file}${part}${lang ? ` (${lang})` : ''}${turn ? `, run ${turn}` : ''}`
}

export function printedOf({ transcript, verdicts }: Result): PrintedReport[] {
  return verdicts.map(({ command, ok, actual = [], printed = [] }) => {
    const { kind, input } = transcript.commands[command] ?? {}
    const lines = (ok ? printed : actual).flatMap(part => {
      if ('text' in part) return part.text
      const more = part.count - part.folded.length
      return more > 0 ? [...part.folded, `… and ${more} lines more`] : part.folded
    })
    return { command: kind === 'interrupt' ? '^C' : input?.join('\n'), lines }
  })
}

export function countStates(pages: PageReport[]): Record<ResultState, number> {
  const counts = { passed: 0, failed: 0, skipped: 0, inapplicable: 0, unreached: 0 }
  for (const { state } of pages.flatMap(rowsOf)) counts[state]++
  return counts
}

export function jsonText(report: Report): string {
  return `${JSON.stringify(report, undefined, 2)}\n`
}

/** Seconds, to the millisecond. */
export function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000
}
