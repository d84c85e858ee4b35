import { type InjectionKey, ref, type ShallowRef } from 'vue'
import type { ServerMessage } from '../../../playground/protocol.ts'
import { createTerminals } from '../connection/terminals.ts'
import { answersIn } from './answers.ts'
import { createMachineState } from './machine-state.ts'
import { createOutcomes } from './outcomes.ts'
import { createRuns } from './runs.ts'
import { createStartingOver } from './starting-over.ts'
import { createSteps } from './steps.ts'

export type LessonState = ReturnType<typeof createLessonState>

/** The lesson of the page that is shown; undefined elsewhere. */
export const lessonKey: InjectionKey<ShallowRef<LessonState | undefined>> = Symbol('lesson')

/**
 * What one lesson's page knows: its panes, what came of each command, what the server would not do.
 * Components read it; only messages from the server and the reader's clicks change it. Who creates it
 * closes it.
 */
export function createLessonState(slug: string, names: string[]) {
  const terminals = createTerminals(slug, names, {
    message: receive,
    link(pane, { kind }) {
      if (kind === 'connected') machine.retry()
      else stopped(pane)
    },
    notice(pane, message) {
      announcement.value = `${pane}: ${message}`
    },
  })
  const { panes } = terminals
  const outcomes = createOutcomes(fence => steps.transcripts.get(fence)?.pane)
  const { verdicts, running, refused, skipped, latest, announcement } = outcomes
  const steps = createSteps({ verdicts, running, skipped, panes })
  const { waiting, ...runs } = createRuns(
    outcomes,
    steps,
    terminals,
    answersIn(() => slug),
  )
  /** Why the sandbox's programs have no bounds; undefined: they have, or nothing is known yet. */
  const unbounded = ref<string>()

  const machine = createMachineState(slug)
  const { canUndo, startOver, undoStartOver } = createStartingOver(slug, terminals, said => {
    announcement.value = said
    outcomes.clear()
    waiting.clear()
  })

  function receive(pane: string, message: ServerMessage): void {
    switch (message.type) {
      case 'hello':
        greet(pane, message)
        return
      case 'state':
        panes[pane]!.state = message.state
        panes[pane]!.pid = message.pid ?? panes[pane]!.pid
        if (message.fence !== undefined && message.command !== undefined)
          outcomes.start(pane, message.fence, message.command)
        return
      case 'verdict':
        outcomes.judge(message.verdict)
        return
      case 'refused':
        outcomes.refuse(message)
        return
      case 'forget':
        message.fences.forEach(outcomes.forget)
        return
      case 'exit':
        Object.assign(panes[pane]!, { state: 'ended', status: message.status })
        stopped(pane)
    }
  }

  function greet(pane: string, hello: ServerMessage & { type: 'hello' }): void {
    unbounded.value = hello.unbounded
    Object.assign(panes[pane]!, { state: hello.state, pid: hello.pid, status: undefined })
    stopped(pane)
    for (const [fence, transcript] of steps.transcripts) if (transcript.pane === pane) outcomes.forget(fence)
    hello.verdicts.forEach(verdicts.set)
    for (const [fence, reason] of Object.entries(hello.skipped)) skipped.set(fence, reason)
    const run = waiting.get(pane)
    waiting.delete(pane)
    if (run) terminals.send(pane, run)
  }

  function stopped(pane: string): void {
    if (!waiting.has(pane)) outcomes.stop(pane)
  }

  return {
    slug,
    ...terminals,
    ...steps,
    ...runs,
    latest,
    announcement,
    startOver,
    canUndo,
    undoStartOver,
    unbounded,
    history: machine.history,
    workers: machine.workers,
    /** By name: how far the page's checks are, once a pane is connected. */
    checks: machine.checks,
    /** Scripts whose last run has ended by an error. */
    faults: machine.faults,
    valueOf: verdicts.valueOf,
    verdictOf: verdicts.get,
    runningCommand: (fence: string) => running.get(fence)?.command,
    skippedOf: (fence: string) => skipped.get(fence),
    refusedOf: (fence: string) => refused.get(fence),
    dismiss: (fence: string) => void refused.delete(fence),
    close() {
      machine.close()
      runs.close()
      terminals.close()
    },
  }
}
