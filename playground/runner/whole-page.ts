/** Runs a page from first to last, as a reader of one language would. */
import { challengesFor } from '../format/challenge.ts'
import type { CheckPlace } from '../format/check.ts'
import { checksFor, type Lesson, transcriptsFor } from '../format/lesson.ts'
import type { Lang, Transcript } from '../format/transcript.ts'
import type { Alone } from './lanes.ts'
import type { Performer } from './performer.ts'
import type { CheckResult, PageResult, Result } from './results.ts'
import { stepsOf, what } from './step.ts'
import type { CheckTrial } from './trial.ts'
import type { Verdicts } from './verdicts.ts'

export interface WholePage {
  /**
   * From first to last, as a reader of this language would; ends at the first transcript that fails. Each check is
   * tried before the first one and at its place.
   *
   */
  runAll(lang: Lang | undefined, options?: RunAllOptions): Promise<PageResult>
}

export interface RunAllOptions {
  /**
   * Told of each as soon as it is known, and waited for; again of a transcript whose program turns out at the end to
   * have done more.
   */
  report?(result: Result | CheckResult): unknown
  /** Waited for before each transcript that says `alone`. */
  alone?: Alone
  /** Line of the last transcript or check that is run. @default that of the page's last one */
  until?: number
}

export interface WholePageOptions {
  lesson(): Lesson
  performer: Performer
  verdicts: Verdicts
  trial: CheckTrial
}

export function createWholePage({ lesson, performer, verdicts, trial }: WholePageOptions): WholePage {
  return {
    async runAll(lang, { report, alone = async () => {}, until = Number.POSITIVE_INFINITY } = {}) {
      const isMeant = ({ line }: { line: number }) => line <= until
      const transcripts = transcriptsFor(lesson(), lang).filter(isMeant)
      const checks = [...checksFor(lesson(), lang), ...unsolved(lesson(), lang)].filter(isMeant)
      const early = await trial.begin(checks.map(({ name }) => name))
      const page: PageResult = { transcripts: [], checks: [] }
      let failed = false
      for (const item of [...transcripts, ...checks].sort((a, b) => a.line - b.line)) {
        if ('name' in item) {
          const result: CheckResult = failed
            ? { check: item, state: 'unreached' }
            : await tryCheck(item, early, page.transcripts)
          page.checks.push(result)
          await report?.(result)
        } else {
          const result: Result = failed
            ? { transcript: item, state: 'unreached', verdicts: [] }
            : await runTranscript(item, lang, alone)
          page.transcripts.push(result)
          await report?.(result)
          failed ||= result.state === 'failed'
        }
      }
      // What goes on there is claimed further down.
      const isWhole = until === Number.POSITIVE_INFINITY
      for (const verdict of failed || !isWhole ? [] : await verdicts.unclaimed()) {
        const result = page.transcripts.find(({ transcript }) => transcript.id === verdict.fence)!
        result.state = 'failed'
        result.verdicts.push(verdict)
        await report?.(result)
      }
      return page
    },
  }

  /** What the page itself brings about is no solution of its challenges. */
  function unsolved({ challenges }: Lesson, lang: Lang | undefined): CheckPlace[] {
    return challengesFor(challenges, lang).map(({ name, line }) => ({ name, line, unmet: true }))
  }

  async function runTranscript(
    transcript: Transcript,
    lang: Lang | undefined,
    alone: Alone,
  ): Promise<Result> {
    const lack = performer.lackOf(transcript, lang)
    if (lack) {
      const state = lack.kind === 'tool' ? 'skipped' : 'inapplicable'
      return { transcript, state, verdicts: [], reason: lack.reason }
    }
    if (transcript.alone) await alone()
    const result: Result = { transcript, state: 'passed', verdicts: [] }
    for (const step of stepsOf(transcript)) {
      const verdict = await verdicts.perform(step)
      if (!verdict) throw new Error(`${what(step)} (line ${step.line}) was abandoned while it ran`)
      result.verdicts.push(verdict)
      if (!verdict.ok) return { ...result, state: 'failed' }
    }
    return result
  }

  /** @param early names of the checks that are met before anything has run */
  async function tryCheck(check: CheckPlace, early: string[], above: Result[]): Promise<CheckResult> {
    const left = above.filter(({ state }) => state === 'skipped' || state === 'inapplicable')
    const { state: leftOut, reason } = left.find(({ state }) => state === 'skipped') ?? left[0] ?? {}
    if (leftOut && left.length === above.length) return { check, state: leftOut, reason }
    if (early.includes(check.name)) {
      const message = `the check ${check.name} is met before anything has run: it would say nothing`
      return { check, state: 'failed', message }
    }
    if (check.unmet) {
      if ((await trial.begin([check.name])).length === 0) return { check, state: 'passed' }
      const message = `the challenge ${check.name} is solved here already: what stands above must not solve it`
      return { check, state: 'failed', message }
    }
    const { state, observed } = await trial.met(check.name)
    if (state === 'passed') return { check, state }
    // What it waits for may be what was left out.
    if (leftOut) return { check, state: leftOut, reason }
    return { check, state: 'failed', message: `the check ${check.name} is not met here: ${observed}` }
  }
}
