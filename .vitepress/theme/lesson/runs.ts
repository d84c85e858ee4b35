import { computed, ref, shallowRef, watch } from 'vue'
import type { Transcript } from '../../../playground/format/transcript.ts'
import type { ClientMessage } from '../../../playground/protocol.ts'
import { obstacle } from '../connection/obstacle.ts'
import type { Terminals } from '../connection/terminals.ts'
import { language } from '../ui/language.ts'
import type { Answers } from './answers.ts'
import type { How, Outcomes } from './outcomes.ts'
import type { Steps } from './steps.ts'

type Run = ClientMessage & { type: 'run' }

/** What the reader asks to be run. */
export function createRuns(
  { verdicts, running, refused, way, announcement, notRun }: Outcomes,
  steps: Steps,
  terminals: Terminals,
  answers: Answers,
) {
  /** By pane: asked for before the pane was connected. */
  const waiting = new Map<string, Run>()
  /** How often the reader has asked for a run: the drawer of a narrow window opens. */
  const runs = ref(0)
  /** The command that the reader asked for last: the page keeps it in view. */
  const pointed = shallowRef<{ fence: string; command: number }>()
  /** The question that a run has stopped at, drawn anew each time. */
  const asked = shallowRef<{ question: string }>()

  /** The next question, where the live picture would answer it. */
  const covered = computed(() => {
    const open = steps.visible.value
      .flatMap(({ id }) => steps.questionsOf(id))
      .find(id => answers.isOpen([id]))
    return open && steps.covering.has(open.split(':')[0]!) ? open : undefined
  })

  /** Runs a command of a transcript in its pane, as soon as that pane is connected. */
  function run(transcript: Transcript, command: number, how: How = {}): void {
    if (how.toHere && stopsAtQuestion(transcript, command)) return
    const { id: fence, pane } = transcript
    terminals.needed.value = true
    terminals.show(pane)
    pointed.value = { fence, command }
    runs.value += 1
    refused.delete(fence)
    if (obstacle.value !== undefined) {
      unconnected(fence, command)
      return
    }
    const message: Run = { type: 'run', fence, command, lang: language.value, ...how }
    if (how.toHere) way.value = { pane, fence, command, above: steps.missingAbove(transcript, command) }
    const before = verdicts.get(fence, command)
    running.set(fence, { pane, command, started: false, how, before })
    verdicts.delete(fence, command)
    if (terminals.panes[pane]?.link.kind === 'connected') terminals.send(pane, message)
    else waiting.set(pane, message)
  }

  /** A run to a command ends before the first step that would answer a question which the reader has not. */
  function stopsAtQuestion(transcript: Transcript, command: number): boolean {
    const way = [...steps.missingAbove(transcript, command), { fence: transcript.id, command }]
    const stop = way.findIndex(({ fence }) => questionOf(fence))
    if (stop < 0) return false
    const last = way[stop - 1]
    if (last) run(steps.transcripts.get(last.fence)!, last.command, { toHere: true })
    ask(questionOf(way[stop]!.fence)!)
    return true
  }

  /** A question that this transcript would answer, and the reader has not. */
  function questionOf(fence: string): string | undefined {
    return answers.unanswered(steps.questionsOf(fence))
  }

  function ask(question: string): void {
    asked.value = { question }
    announcement.value = 'The run has stopped at a question: predict first, or have it shown.'
  }

  function unconnected(fence: string, command: number): void {
    notRun(fence, command, 'The terminals are not connected. Above them it says what to do.')
  }

  // What was asked for while nothing was known cannot come true any more.
  const stopObstacle = watch(obstacle, value => {
    if (value === undefined) return
    for (const { fence, command } of waiting.values()) unconnected(fence, command)
    waiting.clear()
    running.clear()
    way.value = undefined
  })

  return {
    run,
    runs,
    questionOf,
    pointed,
    asked,
    covered,
    uncover: () => covered.value && answers.showAll([covered.value]),
    waiting,
    close: stopObstacle,
    /** Runs the first command of the page that has not passed, and says which one it is. */
    runNext(): void {
      const next = steps.next()
      if (!next) {
        announcement.value = 'Every command of this page has passed.'
        return
      }
      const { transcript, command } = next
      const { id: fence, pane, commands } = transcript
      const question = questionOf(fence)
      if (question) {
        ask(question)
        return
      }
      const what = `${pane}: ${wordsOf(commands[command]!)}`
      pointed.value = { fence, command }
      const isRunning = running.get(fence)?.command === command
      announcement.value = isRunning ? `${what} has not ended yet` : what
      if (!isRunning) run(transcript, command)
    },
    /** How far a run up to this command is, while it is on its way there. */
    wayTo(fence: string, command: number): { done: number; total: number } | undefined {
      if (way.value?.fence !== fence || way.value.command !== command) return undefined
      const { above } = way.value
      const done = above.filter(step => verdicts.hasPassed(step.fence, step.command))
      return { done: done.length, total: above.length }
    },
    /** Ends the way up to a command: the step that runs goes on, none after it begins. */
    cancel(): void {
      if (!way.value) return
      const { pane, fence, command } = way.value
      way.value = undefined
      if (running.get(fence)?.command === command) running.delete(fence)
      waiting.delete(pane)
      terminals.send(pane, { type: 'cancel', fence, command })
      announcement.value = 'Cancelled: the command that runs goes on, and no other one begins.'
    },
  }
}

function wordsOf({ kind, input }: Transcript['commands'][number]): string {
  return kind === 'interrupt' ? 'Ctrl-C' : input[0]!
}
