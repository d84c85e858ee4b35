import { computed, shallowReactive } from 'vue'
import type { Transcript } from '../../../playground/format/transcript.ts'
import type { PaneState } from '../../../playground/protocol.ts'
import { language } from '../ui/language.ts'
import type { Verdicts } from './verdicts.ts'

export type TranscriptState = 'idle' | 'running' | 'passed' | 'failed' | 'skipped'

/** A command of the page. */
export interface Step {
  fence: string
  command: number
}

interface StepsOptions {
  verdicts: Verdicts
  /** By fence. */
  running: { has(fence: string): boolean }
  /** By fence. */
  skipped: { has(fence: string): boolean }
  /** By name of its pane. */
  panes: Readonly<Record<string, { state?: PaneState }>>
}

/** The page's transcripts in its order, as the reader sees them: what is done, and what is missing. */
export type Steps = ReturnType<typeof createSteps>

export function createSteps(options: StepsOptions) {
  const { verdicts, skipped, panes } = options
  const stateOf = (transcript: Transcript) => stateIn(options, transcript)
  /** By fence: those that the page shows, in both languages. */
  const transcripts = shallowReactive(new Map<string, Transcript>())
  /** By fence: the questions that it would answer. */
  const behind = new Map<string, string[]>()
  /** Questions that the live picture would answer. */
  const covering = shallowReactive(new Set<string>())
  /** Fences of challenges: no step of the page, and nothing stands above them. */
  const apart = new Set<string>()

  /** In page order, those in the language that is shown. */
  const visible = computed(() =>
    [...transcripts.values()]
      .filter(({ id, lang = language.value }) => lang === language.value && !apart.has(id))
      .sort((a, b) => a.line - b.line),
  )

  /** The first one that has not passed. */
  const firstMissing = computed(() => {
    for (const { id: fence, line, commands } of visible.value) {
      if (skipped.has(fence)) continue
      const missing = commands.findIndex((_, index) => !verdicts.hasPassed(fence, index))
      if (missing >= 0) return { line, command: missing }
      if (commands.length === 0 && !verdicts.hasPassed(fence, -1)) return { line, command: 0 }
    }
    return undefined
  })

  /** Those whose program was to keep running and has come to an end. */
  const over = computed(() =>
    visible.value.filter(transcript => {
      const isOver = ['idle', 'ended'].includes(panes[transcript.pane]?.state ?? '')
      return transcript.running && isOver && stateOf(transcript) === 'passed'
    }),
  )

  /**
   * Where a program that keeps running is relied upon and has ended, by a Ctrl-C in the wrong pane: the lines behind
   * it, before the next step of that pane.
   */
  const gaps = computed(() => {
    const begun = visible.value.filter(({ id: fence }) => verdicts.of(fence).some(({ ok }) => ok))
    return over.value.map(({ pane, line }) => {
      const next = begun.find(each => each.pane === pane && each.line > line)
      return { after: line, before: next?.line ?? Number.POSITIVE_INFINITY }
    })
  })

  /**
   * Programs that are to keep running and do not: those of a sandbox that has begun anew, or ended by somebody. What
   * the page itself ends in another way than by Ctrl-C is not among them.
   */
  const ended = computed(() => {
    const all = over.value.filter(transcript => {
      const claim = visible.value.find(({ pane, line }) => pane === transcript.pane && line > transcript.line)
      if (!claim) return true
      return claim.commands[0]?.kind === 'interrupt' && !claim.continued && verdicts.of(claim.id).length === 0
    })
    return new Set(all.map(({ id }) => id))
  })

  /** Those of the transcripts that the reader sees, in the language chosen. */
  function visibleOf(fences: string[]): Transcript[] {
    return visible.value.filter(({ id: fence }) => fences.includes(fence))
  }

  return {
    transcripts,
    visible,
    covering,
    /** Each transcript on the page makes itself known. Returns what takes it back. */
    register(transcript: Transcript, questions: string[] = [], isApart = false): () => void {
      if (isApart) apart.add(transcript.id)
      transcripts.set(transcript.id, transcript)
      behind.set(transcript.id, questions)
      return () => {
        if (transcripts.get(transcript.id) === transcript) transcripts.delete(transcript.id)
      }
    },
    stateOf,
    visibleOf,
    /** Whether it is to keep running, and does not. */
    hasEnded: (fence: string) => ended.value.has(fence),
    /** Whether all of these that the reader sees have passed, as far as they can run here. */
    havePassed(fences: string[]): boolean {
      const states = visibleOf(fences).map(stateOf)
      return states.includes('passed') && states.every(state => state === 'passed' || state === 'skipped')
    },
    /** Whether none of these can run here. */
    isSkipped(fences: string[]): boolean {
      const mine = visibleOf(fences)
      return mine.length > 0 && mine.every(({ id: fence }) => skipped.has(fence))
    },
    /** Whether something that the reader sees above a command has not passed, or does not run any more. */
    isMissingAbove({ id, line }: Transcript, command: number): boolean {
      if (apart.has(id)) return false
      const first = firstMissing.value
      if (first && (first.line < line || (first.line === line && first.command < command))) return true
      return gaps.value.some(({ after, before }) => after < line && line < before)
    },
    /** The questions that a transcript would answer, as the page names them. */
    questionsOf: (fence: string) => behind.get(fence) ?? [],
    /** What stands above a command and has not passed. */
    missingAbove(transcript: Transcript, command: number): Step[] {
      return visible.value
        .filter(({ id: fence, line }) => line <= transcript.line && !skipped.has(fence))
        .flatMap(({ id: fence, commands }) => commands.map((_, index) => ({ fence, command: index })))
        .filter(step => step.fence !== transcript.id || step.command < command)
        .filter(step => !verdicts.hasPassed(step.fence, step.command))
    },
    /** The first command of the page that has not passed, or whose program has ended too early; undefined: none. */
    next(): { transcript: Transcript; command: number } | undefined {
      for (const transcript of visible.value) {
        const { id: fence, commands } = transcript
        if (ended.value.has(fence)) return { transcript, command: commands.length - 1 }
        const command = commands.findIndex((_, index) => !verdicts.hasPassed(fence, index))
        if (command >= 0 && !skipped.has(fence)) return { transcript, command }
      }
      return undefined
    },
  }
}

function stateIn(
  { verdicts, running, skipped }: StepsOptions,
  { id, commands }: Transcript,
): TranscriptState {
  if (running.has(id)) return 'running'
  if (skipped.has(id)) return 'skipped'
  if (verdicts.of(id).some(({ ok }) => !ok)) return 'failed'
  const passed = (command: number) => verdicts.hasPassed(id, command)
  const all = commands.length > 0 ? commands.every((_, index) => passed(index)) : passed(-1)
  return all ? 'passed' : 'idle'
}
