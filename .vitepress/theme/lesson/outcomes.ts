import { reactive, ref, shallowRef } from 'vue'
import type { ClientMessage, ServerMessage, Verdict } from '../../../playground/protocol.ts'
import type { Step } from './steps.ts'
import { createVerdicts } from './verdicts.ts'

/** How a command is to be run; see the protocol. */
export type How = Pick<ClientMessage & { type: 'run' }, 'interrupt' | 'toHere'>
type Refusal = ServerMessage & { type: 'refused' }
/** What the server would not do, and how it had been asked. */
export type Refused = Refusal & { how: How }

interface Running {
  pane: string
  command: number
  /** Not yet where other commands have to run first. */
  started: boolean
  how: How
  /** What had come of it before. */
  before?: Verdict
}

/** A run up to a command, as long as that command has not started. */
interface Way {
  pane: string
  fence: string
  command: number
  /** The commands that had not passed when it was asked for. */
  above: Step[]
}

export type Outcomes = ReturnType<typeof createOutcomes>

/**
 * What has come of each command: its verdict, that it runs, that the server would not run it.
 *
 * @param paneOf the pane of a fence that is on the page
 */
export function createOutcomes(paneOf: (fence: string) => string | undefined) {
  const verdicts = createVerdicts()
  /** By fence: what was asked for, and what the server says has started. */
  const running = reactive(new Map<string, Running>())
  const refused = reactive(new Map<string, Refused>())
  /** By fence: why this machine cannot run it. */
  const skipped = reactive(new Map<string, string>())
  const way = shallowRef<Way>()
  /** The verdict that came last, not those of before the page was loaded. */
  const latest = shallowRef<Verdict>()
  /** For screen readers: the last verdict in one sentence. */
  const announcement = ref('')

  function notRun(fence: string, command: number, message: string): void {
    refused.set(fence, { type: 'refused', fence, command, why: 'failed', message, how: {} })
  }

  /** What was to run after it does not. */
  function abandon(failed: Verdict): void {
    for (const [fence, run] of running) if (!run.started) running.delete(fence)
    if (!way.value) return
    const where = paneOf(failed.fence) ?? 'another terminal'
    const message = `A command above, in ${where}, did not do what is expected. This one has not run.`
    notRun(way.value.fence, way.value.command, message)
    way.value = undefined
  }

  return {
    verdicts,
    running,
    refused,
    skipped,
    way,
    latest,
    announcement,
    notRun,
    judge(verdict: Verdict): void {
      verdicts.set(verdict)
      refused.delete(verdict.fence)
      if (running.get(verdict.fence)?.command === verdict.command) running.delete(verdict.fence)
      if (!verdict.ok) abandon(verdict)
      latest.value = verdict
      const said = verdict.ok ? 'as expected' : (verdict.message ?? 'not as expected')
      announcement.value = `${paneOf(verdict.fence) ?? 'a command'}: ${said}`
    },
    /** One program at a time in a pane: what had started there before was abandoned, and no verdict will come. */
    start(pane: string, fence: string, command: number): void {
      for (const [other, run] of running) if (run.pane === pane && run.started) running.delete(other)
      running.set(fence, { pane, command, started: true, how: running.get(fence)?.how ?? {} })
      if (way.value?.fence === fence && way.value.command === command) way.value = undefined
    },
    /** Nothing has run: what came of the command before still holds. */
    refuse(message: Refusal): void {
      const { fence } = message
      const { how = {}, before } = running.get(fence) ?? {}
      if (message.why === 'skipped') skipped.set(fence, message.message)
      else {
        refused.set(fence, { ...message, how })
        if (before) verdicts.set(before)
      }
      running.delete(fence)
      if (way.value?.fence === fence) way.value = undefined
      announcement.value = message.message
    },
    forget(fence: string): void {
      verdicts.forget(fence)
      // One that is yet to start is why the server takes back what it will change.
      const run = running.get(fence)
      if (run?.started) running.delete(fence)
      else if (run) delete run.before
      refused.delete(fence)
    },
    /** Nothing runs in this pane any more. */
    stop(pane: string): void {
      if (way.value?.pane === pane) way.value = undefined
      for (const [fence, run] of running) if (run.pane === pane) running.delete(fence)
    },
    /** The sandbox is a fresh one. */
    clear(): void {
      for (const state of [verdicts, running, refused]) state.clear()
      way.value = undefined
    },
  }
}
