/** Runs a page to learn what its commands print: the runner's steps, one by one, also where one is not true. */
import { type Lesson, transcriptsFor } from '../format/lesson.ts'
import type { Match } from '../format/match.ts'
import { type Pattern, parsePattern } from '../format/placeholder.ts'
import type { Lang } from '../format/transcript.ts'
import type { Execution } from '../runner/execution.ts'
import { compare, statusMismatch } from '../runner/judge.ts'
import type { Performer } from '../runner/performer.ts'
import { NeedsAbove, type Step, stepsOf, what } from '../runner/step.ts'
import { amend, literal } from './amend.ts'

/** What the page should expect of one command. */
export interface Amendment {
  /** Index of the transcript on the page. */
  transcript: number
  /** Index of the command in it; -1: its opening output. */
  command: number
  /** Its new source lines, without the status. */
  sources: string[]
  status?: number
}

export function keyOfAmendment({ transcript, command }: Pick<Amendment, 'transcript' | 'command'>): string {
  return `${transcript} ${command}`
}

export interface RehearsalOptions {
  lesson: Lesson
  lang: Lang | undefined
  /** Of a workbench in which nothing has run yet. */
  performer: Performer
  /** Keys of expectations that were true a run ago: where they are not, numbers differ from run to run. */
  varying: ReadonlySet<string>
}

/** A program that goes on and prints something else than expected has printed it all when it is silent so long. */
const QUIET_MS = 500

/**
 * Goes on up to what no expectation mends, as a command that does not end: what follows it would tell nothing.
 *
 * @returns expectations for those that are not true
 * @throws Error when the sandbox has ended: then its programs were killed, and have shown nothing
 */
export async function rehearse({ lesson, lang, performer, varying }: RehearsalOptions): Promise<Amendment[]> {
  const { executions, names } = performer
  /** By key, as they should be. */
  const mended = new Map<string, Step>()
  /** Lines that a program had printed by the end of its last step, and that this did not claim. */
  const left = new Map<Execution, number>()
  const steps = transcriptsFor(lesson, lang).filter(transcript => !performer.lackOf(transcript, lang))
  for (const step of steps.flatMap(stepsOf)) {
    if (!(await learn(step))) break
  }
  await learnRest()
  return [...mended.values()].map(step => {
    const { patterns, status } = step.expectation
    return { ...placeOf(step), sources: patterns.map(({ source }) => source), status }
  })

  /** @returns false when something went wrong that no expectation mends */
  async function learn(step: Step): Promise<boolean> {
    const running = step.kind === 'shell' ? undefined : executions.get(step.transcript.pane)
    const came = running?.output().lines.length ?? 0
    let execution: Execution
    try {
      execution = await performer.act(step)
    } catch (error) {
      if (error instanceof NeedsAbove) return false
      throw error
    }
    const outcome = await performer.judge(step, execution)
    if (!outcome) throw new Error(`${what(step)} (line ${step.line}) was abandoned while it ran`)
    if (!outcome.ok && step.live) {
      await quiet(step, execution)
      await performer.rest(execution)
    }
    const isMendable = step.live === (execution.ended === undefined) && !execution.flooded
    const known = left.get(execution) ?? 0
    left.delete(execution)
    if (!outcome.ok && (!isMendable || outcome.why === 'incomplete')) return false
    const [now, match] = outcome.ok ? [step, outcome] : mend(step, execution, known, came)
    if (!match) return false
    performer.claim(now, execution, match)
    execution.step = now
    left.set(execution, execution.output().lines.length)
    return true
  }

  /**
   * The step is not true: gives it, or the one above in its pane, what was printed.
   *
   * @param known lines that had come when the one above was done
   * @param came lines that had come before this step was taken
   * @returns the step as it should be, and what it matches
   */
  function mend(
    step: Step,
    execution: Execution,
    known: number,
    came: number,
  ): [step: Step, match?: Match & { ok: true }] {
    const above = execution.step
    if (isFixed(step) || (known > 0 && isFixed(above))) return [step]
    if (execution.open)
      execution.claim({ used: step.kind === 'interrupt' ? came : known, partial: '' }, false)
    else if (known > 0) {
      // It was there when the step above was done: it belongs to that one.
      extend(above, execution.output().lines.slice(0, known))
      execution.claim({ used: known, partial: '' }, false)
    }
    const bound = names.all()
    const old = compare(step, execution, bound)
    if (old.ok && !statusMismatch(step, execution)) return [step, old]
    const { patterns, status: written } = step.expectation
    const { ended } = execution
    const options = {
      order: step.transcript.order,
      ended: ended !== undefined,
      bound,
      varies: varying.has(keyOfAmendment(placeOf(step))),
    }
    const sources = old.ok
      ? patterns.map(({ source }) => source)
      : amend(patterns, linesOf(execution), options)
    const now = rewrite(step, sources, ended || ended === written ? ended : undefined)
    const match = compare(now, execution, bound)
    return [now, match.ok ? match : undefined]
  }

  /** Programs that still run may have printed more. */
  async function learnRest(): Promise<void> {
    for (const execution of left.keys()) {
      await performer.rest(execution)
      if (execution.ended !== undefined || execution.open || isFixed(execution.step)) continue
      const lines = linesOf(execution)
      if (lines.length > 0) extend(execution.step, lines)
    }
    // Whatever has ended with the sandbox: no shell begins there any more.
    for (const name of executions.keys()) await performer.pane(name)
  }

  /** A step gets these lines as well. */
  function extend(step: Step, lines: string[]): void {
    const { patterns, status } = step.expectation
    rewrite(step, [...patterns.map(({ source }) => source), ...lines.map(literal)], status)
  }

  function rewrite(step: Step, sources: string[], status: number | undefined): Step {
    const { line } = step.expectation
    const now = { ...step, expectation: { line, patterns: parse(sources), status } }
    mended.set(keyOfAmendment(placeOf(step)), now)
    return now
  }

  /** What all languages show is true in the first one; where another prints something else, that is a failure. */
  function isFixed({ transcript }: Step): boolean {
    return transcript.lang === undefined && lang !== lesson.languages[0]
  }

  function placeOf({ transcript, command }: Step): Pick<Amendment, 'transcript' | 'command'> {
    return { transcript: lesson.transcripts.indexOf(transcript), command }
  }
}

/** Resolves when it prints no more, or its time is over. */
async function quiet({ transcript }: Step, execution: Execution): Promise<void> {
  const deadline = performance.now() + transcript.timeout * 1000
  while (!execution.closed && performance.now() < deadline && (await execution.change(QUIET_MS)));
}

function linesOf(execution: Execution): string[] {
  const { lines, partial } = execution.output()
  return partial.trim() ? [...lines, partial] : lines
}

function parse(sources: string[]): Pattern[] {
  return sources.map((source, index) =>
    parsePattern(source, index, ({ what }) => {
      throw new Error(`${what} in ${source}`)
    }),
  )
}
