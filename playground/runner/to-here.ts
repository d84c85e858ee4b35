/** Runs the step that a page asks for; if it asks so, also what stands above and has not run yet. */
import { setTimeout as delay } from 'node:timers/promises'
import { type Lesson, transcriptsFor } from '../format/lesson.ts'
import { allTranscripts, lessonAround } from '../format/way.ts'
import type { ClientMessage, ServerMessage } from '../protocol.ts'
import type { Pane } from '../terminal/pane.ts'
import type { ByHand } from './by-hand.ts'
import type { Performer } from './performer.ts'
import { keyOf, NeedsAbove, type Step, stepsOf } from './step.ts'
import type { Verdicts } from './verdicts.ts'

export interface ToHere {
  /** What a page asks for; resolves when it is done, with the refusal if it was not. */
  run(message: ClientMessage & { type: 'run' }): Promise<ServerMessage | undefined>
  /** Lets a run with `toHere` end with the step that it is at. */
  cancel(message: ClientMessage & { type: 'cancel' }): void
}

export interface ToHereOptions {
  lesson(): Lesson
  performer: Performer
  verdicts: Verdicts
  byHand: ByHand
}

type Refusal = Pick<ServerMessage & { type: 'refused' }, 'why' | 'message'>

/** What a command brings about in another pane is printed there at the latest after this time. Milliseconds. */
const ON_ITS_WAY_MS = 2000

export function createToHere({ lesson, performer, verdicts, byHand }: ToHereOptions): ToHere {
  const { executions } = performer
  /** By the step that is asked for. */
  const underWay = new Map<string, AbortController>()

  return {
    async run({ fence, command, lang, toHere, interrupt = false }) {
      const steps = transcriptsFor(lessonAround(lesson(), fence), lang).flatMap(stepsOf)
      const at = steps.findIndex(step => step.transcript.id === fence && step.command === command)
      const refusal = await runTo(steps, at, { toHere, interrupt })
      return refusal && { type: 'refused', fence, command, ...refusal }
    },
    cancel: ({ fence, command }) => void underWay.get(`${fence} ${command}`)?.abort(),
  }

  async function runTo(
    steps: Step[],
    at: number,
    { toHere, interrupt }: { toHere?: boolean; interrupt: boolean },
  ): Promise<Refusal | undefined> {
    const target = steps[at]
    if (!target || target.kind === 'output')
      return { why: 'stale', message: 'This page is older than its lesson. Reload it.' }
    const lack = performer.lackOf(target.transcript)
    if (lack) return { why: 'skipped', message: lack.reason }
    const way = new AbortController()
    underWay.set(keyOf(target), way)
    try {
      const above = toHere
        ? steps.slice(0, at).filter((step, i) => isNeeded(step, steps.slice(i + 1, at)))
        : []
      for (const step of [...above, target]) {
        if (way.signal.aborted) return undefined
        const refusal = await refusalOf(step, steps, interrupt)
        if (refusal) return refusal
        if (step.kind !== 'output') verdicts.forget(step, steps)
        const verdict = await (byHand.awaited(step) ?? verdicts.perform(step))
        if (!verdict?.ok) return undefined
        byHand.follow(step, steps)
      }
    } catch (error) {
      return { why: error instanceof NeedsAbove ? 'above' : 'failed', message: (error as Error).message }
    } finally {
      if (underWay.get(keyOf(target)) === way) underWay.delete(keyOf(target))
    }
    return undefined
  }

  /** Before anything is forgotten: what is refused changes nothing. */
  async function refusalOf(step: Step, steps: Step[], interrupt: boolean): Promise<Refusal | undefined> {
    if (step.kind === 'output') return undefined
    if (step.kind === 'shell') {
      const message = await makeIdle(step, interrupt)
      if (message) return { why: 'busy', message }
    } else {
      const { pane } = step.transcript
      const above = steps.slice(0, steps.indexOf(step)).filter(other => other.transcript.pane === pane)
      const opening = above.findLast(byHand.awaited)
      if (opening && !(await comes(byHand.awaited(opening)!)))
        return { why: 'above', message: `${pane} has not printed what is shown above yet.` }
    }
    performer.prepare(step)
    return undefined
  }

  /** Whether a step above the one that is asked for has to run for it. */
  function isNeeded(step: Step, between: Step[]): boolean {
    const { pane } = step.transcript
    if (performer.lackOf(step.transcript)) return false
    if (!verdicts.of(step)?.ok) return true
    if (!step.live || between.some(later => later.transcript.pane === pane && verdicts.of(later)?.ok))
      return false
    const execution = executions.get(pane)
    return !execution || execution.ended !== undefined || keyOf(execution.step) !== keyOf(step)
  }

  /** @returns why the pane cannot be typed into */
  async function makeIdle(step: Step, interrupt: boolean): Promise<string | undefined> {
    const pane = await performer.pane(step.transcript.pane)
    if (pane.state === 'idle') return undefined
    if (!interrupt) return busyWith(pane, step)
    if (!(await performer.interrupt(pane)))
      return `${pane.name} does not end at Ctrl-C: end its program by hand.`
    // The page's own Ctrl-C, if one is next, has been pressed by this.
    await byHand.interrupted(pane.name)
    return undefined
  }

  /** What a pane that is not at its prompt runs, for who wants to run `step` there. */
  function busyWith({ name }: Pane, step: Step): string {
    const execution = executions.get(name)
    const line = execution?.ended === undefined ? execution?.line : undefined
    if (line === step.line) return `This runs in ${name} already.`
    const running = allTranscripts(lesson())
      .flatMap(stepsOf)
      .find(other => other.line === line)
    return running ? `\`${running.input[0]}\` still runs in ${name}.` : `A program still runs in ${name}.`
  }
}

/** Whether output that is awaited has its verdict: the command that brings it about has ended, so it may be on its way. */
function comes(output: Promise<unknown>): Promise<boolean> {
  return Promise.race([output.then(() => true), delay(ON_ITS_WAY_MS, false, { ref: false })])
}
