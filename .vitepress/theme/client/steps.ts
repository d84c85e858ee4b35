import { computed, shallowReactive } from 'vue'
import type { Transcript } from '../../../playground/format/transcript.ts'
import type { PaneState } from '../../../playground/protocol.ts'
import { language } from './language.ts'
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
export function createSteps({ verdicts, running, skipped, panes }: StepsOptions) {
  /** By fence: those that the page shows, in both languages. */
  const transcripts = shallowReactive(new Map<string, Transcript>())

  /** In page order, those in the language that is shown. */
  const visible = computed(() =>
    [...transcripts.values()]
      .filter(({ lang = language.value }) => lang === language.value)
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

  /**
   * Where a program that keeps running is relied upon and has ended, by a Ctrl-C in the wrong pane: the lines behind
   * it, before the next step of that pane.
   */
  const gaps = computed(() => {
    const begun = visible.value.filter(({ id: fence }) => verdicts.of(fence).some(({ ok }) => ok))
    const isOver = (pane: string) => ['idle', 'ended'].includes(panes[pane]?.state ?? '')
    return begun
      .filter(transcript => transcript.running && isOver(transcript.pane) && stateOf(transcript) === 'passed')
      .map(({ pane, line }) => {
        const next = begun.find(each => each.pane === pane && each.line > line)
        return { after: line, before: next?.line ?? Number.POSITIVE_INFINITY }
      })
  })

  function stateOf({ id: fence, commands }: Transcript): TranscriptState {
    if (running.has(fence)) return 'running'
    if (skipped.has(fence)) return 'skipped'
    if (verdicts.of(fence).some(({ ok }) => !ok)) return 'failed'
    const passed = (command: number) => verdicts.hasPassed(fence, command)
    const all = commands.length > 0 ? commands.every((_, index) => passed(index)) : passed(-1)
    return all ? 'passed' : 'idle'
  }

  /** Those of the transcripts that the reader sees, in the language chosen. */
  function visibleOf(fences: string[]): Transcript[] {
    return visible.value.filter(({ id: fence }) => fences.includes(fence))
  }

  return {
    transcripts,
    /** Each transcript on the page makes itself known. Returns what takes it back. */
    register(transcript: Transcript): () => void {
      transcripts.set(transcript.id, transcript)
      return () => {
        if (transcripts.get(transcript.id) === transcript) transcripts.delete(transcript.id)
      }
    },
    stateOf,
    visibleOf,
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
    isMissingAbove({ line }: Transcript, command: number): boolean {
      const first = firstMissing.value
      if (first && (first.line < line || (first.line === line && first.command < command))) return true
      return gaps.value.some(({ after, before }) => after < line && line < before)
    },
    /** What stands above a command and has not passed. */
    missingAbove(transcript: Transcript, command: number): Step[] {
      return visible.value
        .filter(({ id: fence, line }) => line <= transcript.line && !skipped.has(fence))
        .flatMap(({ id: fence, commands }) => commands.map((_, index) => ({ fence, command: index })))
        .filter(step => step.fence !== transcript.id || step.command < command)
        .filter(step => !verdicts.hasPassed(step.fence, step.command))
    },
    /** The first command of the page that has not passed; undefined when all have. */
    next(): { transcript: Transcript; command: number } | undefined {
      for (const transcript of visible.value) {
        const { id: fence, commands } = transcript
        const command = commands.findIndex((_, index) => !verdicts.hasPassed(fence, index))
        if (command >= 0 && !skipped.has(fence)) return { transcript, command }
      }
      return undefined
    },
  }
}
