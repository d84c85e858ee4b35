/** What came of each step, until it or one above it runs again. */
import { printedBy } from '../format/printed.ts'
import type { ServerMessage, Verdict } from '../protocol.ts'
import type { Execution } from './execution.ts'
import { compare, endText, type Outcome } from './judge.ts'
import type { Performer } from './performer.ts'
import { idsOf, keyOf, type Step, what } from './step.ts'

export interface Verdicts {
  of(step: Step): Verdict | undefined
  all(): Verdict[]
  /** Takes a step and judges it. @returns undefined when it was abandoned for another. @throws NeedsAbove */
  perform(step: Step, timeoutMs?: number): Promise<Verdict | undefined>
  /** As `perform`, for a step that has been taken. */
  judge(step: Step, execution: Execution, timeoutMs?: number): Promise<Verdict | undefined>
  /** A step that runs again takes back what it and all that follow have bound and shown. */
  forget(step: Step, steps: Step[]): void
  /**
   * At the end of the page, one for each program that was to go on, and does not, or has printed what no fence shows.
   */
  unclaimed(): Promise<Verdict[]>
}

export function createVerdicts(
  performer: Performer,
  on?: (pane: string, message: ServerMessage & { type: 'verdict' | 'forget' }) => void,
): Verdicts {
  const { executions, names } = performer
  const verdicts = new Map<string, Verdict>()
  const of = (step: Step) => verdicts.get(keyOf(step))

  return {
    of,
    all: () => [...verdicts.values()],
    async perform(step, timeoutMs) {
      return judge(step, await performer.act(step), timeoutMs)
    },
    judge,
    forget(step, steps) {
      const later = steps.slice(steps.findIndex(other => keyOf(other) === keyOf(step)))
      const fences = new Set<string>()
      for (const other of later) {
        if (verdicts.delete(keyOf(other))) fences.add(other.transcript.id)
        names.forget(other)
      }
      // The commands before it in its own transcript stay as they are.
      for (const verdict of verdicts.values()) fences.delete(verdict.fence)
      if (fences.size > 0) on?.(step.transcript.pane, { type: 'forget', fences: [...fences] })
    },
    async unclaimed() {
      await Promise.all([...executions.values()].map(performer.rest))
      return [...executions.values()].flatMap(execution => {
        const { step, ended } = execution
        if (ended === undefined && (execution.open || execution.output().lines.length === 0)) return []
        const nothing: Step = { ...step, expectation: { line: step.line, patterns: [] } }
        const match = compare(nothing, execution, names.all())
        const message =
          ended === undefined
            ? 'it has printed more, which no fence shows'
            : `${what(step)} has ${endText(ended)}; no fence shows it`
        return [conclude(step, execution, { ...match, ok: false, why: 'extra', message })]
      })
    },
  }

  async function judge(step: Step, execution: Execution, timeoutMs?: number): Promise<Verdict | undefined> {
    const outcome = await performer.judge(step, execution, timeoutMs)
    // Abandoned; or somebody else waited for the same end, and was first.
    if (!outcome || execution.closed) return of(step)
    return conclude(step, execution, outcome)
  }

  function conclude(step: Step, execution: Execution, outcome: Outcome): Verdict {
    const { ended } = execution
    const printed = outcome.ok ? printedBy(step.expectation.patterns, execution.output(), outcome) : undefined
    if (outcome.ok) performer.claim(step, execution, outcome)
    execution.step = step
    if (ended !== undefined) performer.release(execution)
    const common = { ...idsOf(step), status: ended, bound: names.shownBy(step) }
    const verdict: Verdict = outcome.ok
      ? { ...common, ok: true, line: step.line, printed }
      : {
          ...common,
          ok: false,
          line: outcome.line ?? step.line,
          why: outcome.why,
          message: [outcome.message, ...endedOthers(execution)].join('. '),
          expected: outcome.expected,
          actual: outcome.actual,
        }
    verdicts.set(keyOf(step), verdict)
    on?.(step.transcript.pane, { type: 'verdict', verdict })
    return verdict
  }

  /** What a failure elsewhere may come from. */
  function endedOthers(failed: Execution): string[] {
    return [...executions.values()]
      .filter(execution => execution !== failed && execution.ended !== undefined)
      .map(({ pane, line, ended, output }) => {
        const last = output().lines.at(-1)
        return `${pane.name} (line ${line}) has ended with ${ended}${last ? `: ${last}` : ''}`
      })
  }
}
