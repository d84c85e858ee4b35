/** Waits until it can be said whether a step has printed what it must, and says so. */

import { type Match, matchOutput } from '../format/match.ts'
import type { Bindings, Pattern } from '../format/placeholder.ts'
import type { Verdict } from '../protocol.ts'
import { type Execution, idle, rest } from './execution.ts'
import { type Step, what } from './step.ts'

/** What came of a step. */
export type Outcome =
  | (Match & { ok: true })
  | (Pick<Verdict, 'why' | 'expected' | 'actual'> & { ok: false; message: string; line?: number })

export interface JudgeOptions {
  /** A folder like `/proc` that shows the panes' processes. */
  proc: string
  /** What names stand for now. */
  bindings(): Bindings
  /** Resolves when the programs of other panes rest: one that is just ending, and so has made this one fail, has its say. */
  othersAtRest(failed: Execution): Promise<void>
}

/** What the shell asks for more is given up within this time. */
const PROMPT_MS = 2000
const REST: Pattern = { line: 0, source: '...', rest: true }

/** @returns undefined when its execution was closed before */
export async function judge(
  step: Step,
  execution: Execution,
  timeoutMs: number,
  options: JudgeOptions,
): Promise<Outcome | undefined> {
  if (execution.asked === 'more') return judgeIncomplete(execution)
  const match = await (step.live ? judgeLive : judgeEnded)(step, execution, timeoutMs, options)
  const outcome = match?.ok ? (statusMismatch(step, execution) ?? match) : match
  const absent = outcome?.ok === false && notFoundIn(execution)
  if (outcome?.ok === false && absent)
    return {
      ...outcome,
      message: `${outcome.message}; ${absent} is not installed here: write requires=${absent} on the fence`,
    }
  if (outcome?.ok === false && execution.flooded)
    return { ...outcome, message: `${outcome.message}; it printed more than is kept` }
  return outcome
}

/** The program that the shell has not found, where it says so and that is why the command failed. */
function notFoundIn({ ended, output }: Execution): string | undefined {
  if (ended !== 127) return undefined
  const { lines } = output()
  return lines
    .map(line => /^bash: (?:line \d+: )?([\w.+-]+): command not found$/.exec(line)?.[1])
    .find(Boolean)
}

/** By what a shell says of a program that a signal has stopped. */
const STOPPED: Record<number, string> = { 147: 'SIGSTOP', 148: 'SIGTSTP', 149: 'SIGTTIN', 150: 'SIGTTOU' }

/** What is printed now, beside what is expected. */
export function compare(step: Step, execution: Execution, bindings: Bindings): Match {
  const { lines, partial } = execution.output()
  const { patterns } = step.expectation
  const { order } = step.transcript
  const expected = execution.open ? [REST, ...patterns] : patterns
  const ended = execution.ended !== undefined
  return matchOutput(expected, lines, bindings, { order, ended, partial, line: step.line })
}

/** Where the program has ended, and with another status than it should. */
export function statusMismatch(step: Step, { ended }: Execution): (Outcome & { ok: false }) | undefined {
  const expected = step.expectation.status ?? 0
  if (ended === undefined || ended === expected) return undefined
  return { ok: false, why: 'status', message: `${what(step)} has ${endText(ended)}, expected ${expected}` }
}

/** One that a signal has stopped has not ended: the shell takes its pane back, and says so by this status. */
export function endText(status: number): string {
  const ended = `ended with ${status}`
  return status in STOPPED
    ? `${ended} (stopped by ${STOPPED[status]}: it goes on with SIGCONT, but its pane is the shell's)`
    : ended
}

/** The shell wants more than the transcript has: back to the prompt. */
async function judgeIncomplete({ pane }: Execution): Promise<Outcome> {
  pane.write('\x03')
  await idle(pane, PROMPT_MS)
  const message = 'the command is not complete: the shell waits for the rest of it'
  return { ok: false, why: 'incomplete', message }
}

/** Waits until the program has ended, then looks once. */
async function judgeEnded(
  step: Step,
  execution: Execution,
  timeoutMs: number,
  { bindings, othersAtRest }: JudgeOptions,
): Promise<Outcome | undefined> {
  const deadline = performance.now() + timeoutMs
  while (execution.ended === undefined) {
    if (execution.closed) return undefined
    if (!(await execution.change(deadline - performance.now()))) {
      const message = `${what(step)} has not ended within ${timeoutMs / 1000} s`
      return { ...compare(step, execution, bindings()), ok: false, why: 'timeout', message }
    }
  }
  const match = compare(step, execution, bindings())
  if (!match.ok || statusMismatch(step, execution)) await othersAtRest(execution)
  return execution.closed ? undefined : match
}

/** Looks whenever something is printed: the program goes on. */
async function judgeLive(
  step: Step,
  execution: Execution,
  timeoutMs: number,
  { proc, bindings, othersAtRest }: JudgeOptions,
): Promise<Outcome | undefined> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    if (execution.closed) return undefined
    const match = compare(step, execution, bindings())
    if (match.ok && execution.ended === undefined) {
      await rest(execution, proc)
      if (execution.ended === undefined) return match
      continue
    }
    if (execution.ended !== undefined) {
      await othersAtRest(execution)
      if (execution.closed) return undefined
      const message = `${what(step)} has ${endText(execution.ended)}; it was expected to go on`
      return match.ok ? { ok: false, why: 'ended', message } : match
    }
    if (!match.ok && !match.wait) {
      // It cannot come true any more; what else there is to come may say why.
      await rest(execution, proc)
      return compare(step, execution, bindings())
    }
    if (!(await execution.change(deadline - performance.now()))) {
      const message = `this has not been printed within ${timeoutMs / 1000} s`
      return { ...match, ok: false, why: 'timeout', message }
    }
  }
}
