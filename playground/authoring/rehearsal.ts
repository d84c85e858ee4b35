/** Runs transcripts to learn what their commands print; unlike the runner, it goes on when that is not what is expected. */

import { type Match, matchOutput } from '../format/match.ts'
import { type Bindings, fillCommand, type Pattern, parsePattern } from '../format/placeholder.ts'
import type { Expectation, Transcript } from '../format/transcript.ts'
import { createExecution, type Execution, rest } from '../runner/execution.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { createPane, type Pane } from '../terminal/pane.ts'
import { lackOf } from '../workbench/requirements.ts'
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

export interface Rehearsal {
  /**
   * @param index of the transcript on its page
   * @param fixed its expectations may not be changed
   * @returns false when something went wrong that no expectation mends: what follows would tell nothing
   */
  perform(transcript: Transcript, index: number, fixed: boolean): Promise<boolean>
  /**
   * Expectations that were not true. Ask once, at the end: programs that still run may have printed more.
   *
   * @throws Error when the sandbox has ended: then its programs were killed, and have shown nothing
   */
  finish(): Promise<Amendment[]>
}

/** A program that goes on and prints something else than expected has printed it all when it is silent so long. */
const QUIET_MS = 500

/** The last program of a pane. */
interface Program {
  execution: Execution
  /** The step that claimed its output last. */
  last: Step
  /** Lines that had come by then, and that the step did not claim. */
  left: number
}

/** One command, or opening output, with what came of it. */
interface Step {
  transcript: Transcript
  index: number
  command: number
  kind: 'output' | 'shell' | 'interrupt'
  expectation: Expectation
  /** The program is expected to go on once its output has come. */
  live: boolean
  fixed: boolean
}

/** @param varying keys of expectations that were true a run ago: where they are not, numbers differ from run to run */
export function createRehearsal(sandbox: Sandbox, varying: ReadonlySet<string>): Rehearsal {
  const panes = new Map<string, Pane>()
  const programs = new Map<string, Program>()
  const amendments = new Map<string, Amendment>()
  let bound: Bindings = {}

  return { perform, finish }

  async function perform(transcript: Transcript, index: number, fixed: boolean): Promise<boolean> {
    if (await lackOf(transcript)) return true
    for (const step of stepsOf(transcript, index, fixed)) if (!(await performStep(step))) return false
    return true
  }

  async function finish(): Promise<Amendment[]> {
    await openPane('still there?')
    for (const { execution, last } of programs.values()) {
      const { lines, partial } = execution.output()
      const more = partial.trim() ? [...lines, partial] : lines
      if (execution.ended === undefined && !execution.open && more.length > 0 && !last.fixed)
        extend(last, more)
      execution.close()
    }
    return [...amendments.values()]
  }

  async function performStep(step: Step): Promise<boolean> {
    const { transcript } = step
    const pane = await openPane(transcript.pane)
    const timeoutMs = transcript.timeout * 1000
    const before = programs.get(pane.name)
    const execution = step.kind === 'shell' ? createExecution(pane, transcript.line) : before?.execution
    if (!execution) return false
    if (step.kind === 'shell') {
      before?.execution.close()
      const { input } = fillCommand(transcript.commands[step.command]!.input, bound)
      await execution.type(input, timeoutMs)
      if (execution.asked === 'more') return false
    }
    const pressed = execution.output().lines.length
    if (step.kind === 'interrupt') pane.write('\x03')
    await wait(step, execution, timeoutMs)
    if (step.live !== (execution.ended === undefined) || execution.flooded) return false

    const { last, left = 0 } = step.kind === 'shell' ? {} : (before ?? {})
    const done = judge(step, execution) || mend(step, execution, last, { left, pressed })
    programs.set(pane.name, { execution, last: step, left: execution.output().lines.length })
    return done
  }

  /** The step is not true: gives it, or the one above, what was printed. */
  function mend(
    step: Step,
    execution: Execution,
    last: Step | undefined,
    { left, pressed }: { left: number; pressed: number },
  ): boolean {
    if (step.fixed || (last?.fixed && left > 0)) return false
    const claim = (used: number) => execution.claim({ ok: true, bound, used, partial: '' })
    if (execution.open) claim(step.kind === 'interrupt' ? pressed : left)
    else if (last && left > 0) {
      // It was there when the step above was done: it belongs to that one.
      extend(last, execution.output().lines.slice(0, left))
      claim(left)
      if (judge(step, execution)) return true
    }
    const status = execution.ended
    const { patterns } = step.expectation
    const { order } = step.transcript
    const match = compare(patterns, step, execution)
    const sources = match.ok
      ? patterns.map(({ source }) => source)
      : amend(patterns, outputOf(execution), {
          order,
          ended: status !== undefined,
          bound,
          varies: varying.has(keyOf(step)),
        })
    const written = step.expectation.status
    amendments.set(keyOf(step), {
      transcript: step.index,
      command: step.command,
      sources,
      ...((status || status === written) && { status }),
    })
    const now = compare(parse(sources), step, execution)
    if (!now.ok) return false
    commit(step, execution, now)
    return true
  }

  /** Whether the step is true as it is; then what it matched is claimed. */
  function judge(step: Step, execution: Execution): boolean {
    const { patterns, status = 0 } = step.expectation
    const match = compare(execution.open ? [REST, ...patterns] : patterns, step, execution)
    if (!match.ok || (execution.ended ?? status) !== status) return false
    commit(step, execution, match)
    return true
  }

  function commit(step: Step, execution: Execution, match: Match & { ok: true }): void {
    const sources =
      amendments.get(keyOf(step))?.sources ?? step.expectation.patterns.map(({ source }) => source)
    execution.claim(match)
    execution.open = sources.length > 0 ? sources.at(-1) === '...' : execution.open
    bound = match.bound
  }

  /** Waits until the program has ended, or goes on and has printed what it is going to print for now. */
  async function wait(step: Step, execution: Execution, timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs
    while (execution.ended === undefined) {
      const left = deadline - performance.now()
      const { patterns } = step.expectation
      const match = step.live && compare(execution.open ? [REST, ...patterns] : patterns, step, execution)
      const silent = match && (match.ok || !match.wait)
      const settled = silent && match.ok
      const changed = !settled && (await execution.change(silent ? Math.min(QUIET_MS, left) : left))
      if (changed) continue
      if (silent && (settled || left > QUIET_MS)) await rest(execution, sandbox.proc)
      return
    }
  }

  function compare(patterns: Pattern[], step: Step, execution: Execution): Match {
    const { lines, partial } = execution.output()
    const { order } = step.transcript
    return matchOutput(patterns, lines, bound, { order, ended: execution.ended !== undefined, partial })
  }

  /** A step gets these lines as well. */
  function extend(step: Step, lines: string[]): void {
    const old = amendments.get(keyOf(step))
    const sources = old?.sources ?? step.expectation.patterns.map(({ source }) => source)
    amendments.set(keyOf(step), {
      transcript: step.index,
      command: step.command,
      sources: [...sources, ...lines.map(literal)],
      status: old ? old.status : step.expectation.status,
    })
  }

  async function openPane(name: string): Promise<Pane> {
    const pane = panes.get(name) ?? createPane(name, sandbox)
    panes.set(name, pane)
    await pane.start()
    return pane
  }
}

const REST: Pattern = { line: 0, source: '...', rest: true }

function stepsOf(transcript: Transcript, index: number, fixed: boolean): Step[] {
  const { continued, commands, running } = transcript
  const steps = [
    ...(continued ? [{ command: -1, kind: 'output' as const, expectation: continued }] : []),
    ...commands.map(({ kind, expectation }, command) => ({ command, kind, expectation })),
  ]
  return steps.map((step, at) => ({
    ...step,
    transcript,
    index,
    fixed,
    live: steps[at + 1] ? steps[at + 1]!.kind === 'interrupt' : running,
  }))
}

function keyOf({ index, command }: Step): string {
  return keyOfAmendment({ transcript: index, command })
}

function outputOf(execution: Execution): string[] {
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
