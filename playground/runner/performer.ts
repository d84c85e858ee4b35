/** Takes the steps of a page in its panes, and judges what comes of each. */
import type { Lesson } from '../format/lesson.ts'
import type { Match } from '../format/match.ts'
import type { Lang, Transcript } from '../format/transcript.ts'
import type { ServerMessage } from '../protocol.ts'
import { patience } from '../sandbox/patience.ts'
import { settle } from '../sandbox/processes.ts'
import type { Pane } from '../terminal/pane.ts'
import { createNames, type Names } from './bindings.ts'
import { createExecution, type Execution, idle, rest } from './execution.ts'
import { judge, type Outcome } from './judge.ts'
import type { Lack, Lacks } from './requirements.ts'
import { idsOf, NeedsAbove, type Step } from './step.ts'

export interface PerformerOptions extends Lacks {
  /** The lesson as it stands now: its author may be writing it. */
  lesson(): Lesson
  /** The pane of this name, with a shell in it. */
  pane(name: string): Promise<Pane>
  /** A folder like `/proc` that shows the panes' processes. */
  proc: string
  /** Told when a step begins in a pane. */
  on?(pane: string, message: ServerMessage & { type: 'state' }): void
}

export interface Performer {
  names: Names
  /** The last command of each pane, until it is released. */
  executions: ReadonlyMap<string, Execution>
  pane(name: string): Promise<Pane>
  /** Why a transcript cannot run here, on a page in this language. */
  lackOf(transcript: Transcript, lang?: Lang): Lack | undefined
  /** @throws NeedsAbove where the step cannot be taken yet */
  prepare(step: Step): void
  /** Types the command, or presses its Ctrl-C. Opening output it leaves to come. @throws NeedsAbove */
  act(step: Step): Promise<Execution>
  /** As `act`, where somebody has typed the command. */
  follow(step: Step, pane: Pane): Execution
  /** Waits until it can be said what came of the step. @returns undefined when it was abandoned for another */
  judge(step: Step, execution: Execution, timeoutMs?: number): Promise<Outcome | undefined>
  /** What the step has matched is not matched again, and its names are known from here on. */
  claim(step: Step, execution: Execution, match: Match & { ok: true }): void
  /** Presses Ctrl-C when what runs there has started. @returns whether the pane came to its prompt */
  interrupt(pane: Pane): Promise<boolean>
  /** A program that is just ending has its say. */
  rest(execution: Execution): Promise<void>
  /** Nothing more is expected of a program that has ended. */
  release(execution: Execution): void
  close(): void
}

/** A program that does not end at Ctrl-C within this time is left to the reader. */
const INTERRUPT_MS = 2000

export function createPerformer(options: PerformerOptions): Performer {
  const { lesson, pane, proc, missing, skipped } = options
  const names = createNames(lesson)
  const executions = new Map<string, Execution>()

  return {
    names,
    executions,
    pane,
    lackOf: ({ id }, lang) => (lang && missing[lang]) ?? skipped[id],
    prepare,
    async act(step) {
      const { kind, transcript } = step
      const opened = await pane(transcript.pane)
      prepare(step)
      const execution = kind === 'shell' ? begin(step, opened) : executions.get(opened.name)!
      if (kind === 'shell') {
        await idle(opened, patience(INTERRUPT_MS))
        // A line that was half typed by hand.
        opened.write('\x05\x15')
        await execution.type(names.fill(step), transcript.timeout * 1000)
      }
      if (kind === 'interrupt') {
        tell(step, opened)
        if (execution.ended === undefined) opened.write('\x03')
      }
      return execution
    },
    follow: (step, pane) => begin(step, pane, true),
    judge(step, execution, timeoutMs = step.transcript.timeout * 1000) {
      return judge(step, execution, timeoutMs, { proc, bindings: names.all, othersAtRest })
    },
    claim(step, execution, match) {
      execution.claim(match, step.expectation.patterns.at(-1)?.rest ?? execution.open)
      names.bind(step, match.bound)
    },
    async interrupt(pane) {
      // A program that is just starting may not take it yet; nor does a shell that is about to start one.
      await settle(proc, pane.shell)
      pane.write('\x03')
      return idle(pane, patience(INTERRUPT_MS))
    },
    rest: execution => rest(execution, proc),
    release(execution) {
      executions.delete(execution.pane.name)
      execution.close()
    },
    close() {
      for (const execution of executions.values()) execution.close()
    },
  }

  function prepare(step: Step): void {
    const { kind, transcript } = step
    const name = names.missing(step)
    if (name) throw new NeedsAbove(`\`<${name}>\` is not known yet: a command above prints it.`)
    if (kind !== 'shell' && !executions.has(transcript.pane))
      throw new NeedsAbove(`Nothing runs in ${transcript.pane}: a command above starts it.`)
  }

  function begin(step: Step, pane: Pane, byHand = false): Execution {
    executions.get(pane.name)?.close()
    const execution = createExecution(pane, step, byHand)
    executions.set(pane.name, execution)
    tell(step, pane)
    return execution
  }

  function tell(step: Step, { name, state }: Pane): void {
    options.on?.(name, { type: 'state', state, ...idsOf(step) })
  }

  /** A program that is just ending, and so has made another one fail, has its say. */
  async function othersAtRest(failed: Execution): Promise<void> {
    const others = [...executions.values()].filter(other => other !== failed && other.ended === undefined)
    await Promise.all(others.map(other => rest(other, proc)))
  }
}
