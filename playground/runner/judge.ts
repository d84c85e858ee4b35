/** Waits until it can be said whether a step has printed what it must, and says so. */

import { type Match, matchOutput } from '../format/match.ts'
import type { Bindings, Pattern } from '../format/placeholder.ts'
import type { Verdict } from '../protocol.ts'
import { type Execution, rest } from './execution.ts'
import { type Step, what } from './step.ts'

/** A failure, or a success that says no more. */
export type Judgement = Pick<Verdict, 'ok' | 'why' | 'message' | 'expected' | 'actual'> & { line?: number }

export interface JudgeOptions {
  /** A folder like `/proc` that shows the panes' processes. */
  proc: string
  /** What names stand for now. */
  bindings(): Bindings
  /** Resolves when the programs of other panes rest: one that is just ending, and so has made this one fail, has its say. */
  othersAtRest(failed: Execution): Promise<void>
}

const REST: Pattern = { line: 0, source: '...', rest: true }

/** @returns what came of a step; undefined when its execution was closed before */
export function judge(
  step: Step,
  execution: Execution,
  timeoutMs: number,
  options: JudgeOptions,
): Promise<Match | Judgement | undefined> {
  return (step.live ? judgeLive : judgeEnded)(step, execution, timeoutMs, options)
}

/** What is printed now, beside what is expected. */
export function compare(step: Step, execution: Execution, bindings: Bindings, ended: boolean): Match {
  const { lines, partial } = execution.output()
  const { patterns } = step.expectation
  const { order } = step.transcript
  const expected = execution.open ? [REST, ...patterns] : patterns
  return matchOutput(expected, lines, bindings, { order, ended, partial, line: step.line })
}

export function failureOf(match: Match): Judgement {
  return match.ok ? { ok: false } : { ...match }
}

/** Waits until the program has ended, then looks once. */
async function judgeEnded(
  step: Step,
  execution: Execution,
  timeoutMs: number,
  { bindings, othersAtRest }: JudgeOptions,
): Promise<Match | Judgement | undefined> {
  const deadline = performance.now() + timeoutMs
  while (execution.ended === undefined) {
    if (execution.closed) return undefined
    if (!(await execution.change(deadline - performance.now()))) {
      const message = `${what(step)} has not ended within ${timeoutMs / 1000} s`
      return { ...compare(step, execution, bindings(), false), ok: false, why: 'timeout', message }
    }
  }
  const match = compare(step, execution, bindings(), true)
  if (!match.ok || execution.ended !== (step.expectation.status ?? 0)) await othersAtRest(execution)
  return execution.closed ? undefined : match
}

/** Looks whenever something is printed: the program goes on. */
async function judgeLive(
  step: Step,
  execution: Execution,
  timeoutMs: number,
  { proc, bindings, othersAtRest }: JudgeOptions,
): Promise<Match | Judgement | undefined> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    if (execution.closed) return undefined
    const match = compare(step, execution, bindings(), execution.ended !== undefined)
    if (match.ok && execution.ended === undefined) {
      await rest(execution, proc)
      if (execution.ended === undefined) return match
      continue
    }
    if (execution.ended !== undefined) {
      await othersAtRest(execution)
      if (execution.closed) return undefined
      const message = `${what(step)} has ended with ${execution.ended}; it was expected to go on`
      return match.ok ? { ok: false, why: 'ended', message } : match
    }
    if (!match.ok && !match.wait) {
      // It cannot come true any more; what else there is to come may say why.
      await rest(execution, proc)
      return compare(step, execution, bindings(), execution.ended !== undefined)
    }
    if (!(await execution.change(deadline - performance.now()))) {
      const message = `this has not been printed within ${timeoutMs / 1000} s`
      return { ...match, ok: false, why: 'timeout', message }
    }
  }
}
