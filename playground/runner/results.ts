/** What came of a page that was run from first to last. */
import type { CheckPlace } from '../format/check.ts'
import type { Transcript } from '../format/transcript.ts'
import type { Verdict } from '../protocol.ts'

/**
 * `skipped`: a tool is not installed. `inapplicable`: the page says that it needs another kernel, more processors or
 * more privilege than this machine has. `unreached`: a transcript above failed, so nothing can be said.
 */
export type ResultState = 'passed' | 'failed' | 'skipped' | 'inapplicable' | 'unreached'

/** What came of one transcript. */
export interface Result {
  transcript: Transcript
  state: ResultState
  /** Of its commands, as far as they have run. */
  verdicts: Verdict[]
  /** Why it was skipped. */
  reason?: string
}

/** What came of one check. */
export interface CheckResult {
  check: CheckPlace
  state: ResultState
  /** Why it failed, with what was observed. */
  message?: string
  /** Why it was skipped. */
  reason?: string
}

export interface PageResult {
  transcripts: Result[]
  checks: CheckResult[]
}
