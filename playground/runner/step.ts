/** What a transcript is made of, as the runner takes it. Pure. */
import { namesOf } from '../format/placeholder.ts'
import type { Expectation, Transcript } from '../format/transcript.ts'

/** One piece of a transcript, in page order: opening output (`command: -1`), then its commands. */
export interface Step {
  transcript: Transcript
  command: number
  kind: 'output' | 'shell' | 'interrupt'
  input: string[]
  line: number
  expectation: Expectation
  /** The program is expected to go on once its output has come. */
  live: boolean
}

/** A step cannot be taken yet: what stands above it has to run first. */
export class NeedsAbove extends Error {}

export function stepsOf(transcript: Transcript): Step[] {
  const { continued, commands, running } = transcript
  const opening = continued
    ? [{ kind: 'output' as const, input: [], line: continued.line, expectation: continued }]
    : []
  return [...opening, ...commands].map((step, index, all) => ({
    ...step,
    transcript,
    command: index - opening.length,
    live: index === all.length - 1 ? running : all[index + 1]!.kind === 'interrupt',
  }))
}

/** Names in what the step must print. */
export function namesIn({ expectation }: Step): string[] {
  return expectation.patterns.flatMap(namesOf).map(({ name }) => name)
}

export function keyOf(step: Step): string {
  return `${step.transcript.id} ${step.command}`
}

export function idsOf(step: Step): { fence: string; command: number } {
  return { fence: step.transcript.id, command: step.command }
}

/** Blanks between words do not count, nor where a command goes on in the next line. */
export function squeeze(command: string): string {
  return command.replace(/\\?\s+/g, ' ').trim()
}

export function what(step: Step): string {
  return step.kind === 'shell' ? `\`${step.input[0]}\`` : `the program in ${step.transcript.pane}`
}
