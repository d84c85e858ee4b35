/** What passes without a click: commands that somebody types, Ctrl-C pressed by hand, output that comes by itself. */
import { type Lesson, transcriptsFor } from '../format/lesson.ts'
import { allTranscripts, lessonAround } from '../format/way.ts'
import type { Verdict } from '../protocol.ts'
import type { Pane } from '../terminal/pane.ts'
import type { Execution } from './execution.ts'
import type { Performer } from './performer.ts'
import { keyOf, type Step, squeeze, stepsOf } from './step.ts'
import type { Verdicts } from './verdicts.ts'

export interface ByHand {
  /** Tells of a command that somebody has typed: if it is one of the page's, it counts as if it had been clicked. */
  typed(pane: Pane, text: string): void
  /** When a step has passed: what follows in its pane, if it is output or a Ctrl-C, passes by itself when it comes. */
  follow(step: Step, steps: Step[]): void
  /** What will come of opening output that is waited for while the reader goes on; undefined where none is. */
  awaited(step: Step): Promise<Verdict | undefined> | undefined
  /** Resolves when the Ctrl-C that comes next in the pane has been judged, if one is pressed. */
  interrupted(pane: string): Promise<void>
}

export interface ByHandOptions {
  lesson(): Lesson
  performer: Performer
  verdicts: Verdicts
}

export function createByHand({ lesson, performer, verdicts }: ByHandOptions): ByHand {
  const { executions, names } = performer
  const outputs = new Map<string, Promise<Verdict | undefined>>()
  /** By pane. */
  const interrupts = new Map<string, Promise<void>>()

  return {
    typed(pane, text) {
      if (executions.get(pane.name)?.typing) return
      const same = allTranscripts(lesson())
        .flatMap(stepsOf)
        .filter(step => isTyped(step, pane, text))
      const step = same.find(step => !verdicts.of(step)?.ok) ?? same[0]
      if (!step) return
      const steps = transcriptsFor(lessonAround(lesson(), step.transcript.id), step.transcript.lang).flatMap(
        stepsOf,
      )
      verdicts.forget(step, steps)
      void verdicts.judge(step, performer.follow(step, pane)).then(verdict => {
        if (verdict?.ok) follow(step, steps)
      })
    },
    follow,
    awaited: step => outputs.get(keyOf(step)),
    interrupted: async pane => interrupts.get(pane),
  }

  function isTyped(step: Step, pane: Pane, text: string): boolean {
    const { kind, transcript } = step
    if (kind !== 'shell' || transcript.pane !== pane.name) return false
    if (performer.lackOf(transcript) || names.missing(step)) return false
    return squeeze(names.fill(step).join('\n')) === squeeze(text)
  }

  function follow(step: Step, steps: Step[]): void {
    const { pane } = step.transcript
    const execution = executions.get(pane)
    if (!execution || !step.live) return
    const next = steps
      .slice(steps.findIndex(other => keyOf(other) === keyOf(step)) + 1)
      .find(({ transcript }) => transcript.pane === pane && !performer.lackOf(transcript))
    if (next?.kind === 'interrupt') interrupts.set(pane, awaitInterrupt(next, execution))
    if (next?.kind !== 'output') return
    const output = verdicts.judge(next, execution, Number.POSITIVE_INFINITY).catch(() => undefined)
    outputs.set(keyOf(next), output)
    void output.then(verdict => {
      outputs.delete(keyOf(next))
      if (verdict?.ok) follow(next, steps)
    })
  }

  async function awaitInterrupt(step: Step, execution: Execution): Promise<void> {
    while (execution.ended === undefined && !execution.closed)
      await execution.change(Number.POSITIVE_INFINITY)
    if (!execution.closed && execution.interrupted && !verdicts.of(step))
      await verdicts.judge(step, execution)
  }
}
