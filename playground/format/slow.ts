/** A lesson as a slow machine can prove it: what it shows, and not how fast. Pure. */
import type { Lesson } from './lesson.ts'
import type { Part } from './placeholder.ts'
import type { Expectation, Transcript } from './transcript.ts'

/** Behind a range it makes it one of a time: `in <1000..5000> ms`. */
const UNIT = /^ ?(?:ms|s|sec)(?![\p{L}\d])/u

/** @param factor how many times as long as its pages allow everything may take; bounds on time become any number */
export function slowLesson(lesson: Lesson, factor: number): Lesson {
  return { ...lesson, transcripts: lesson.transcripts.map(transcript => slowTranscript(transcript, factor)) }
}

/** All ranges of a transcript that measures are bounds on time, and of the others those in front of a unit. */
function slowTranscript(transcript: Transcript, factor: number): Transcript {
  let unjudged = 0
  const { continued, commands } = transcript
  return {
    ...transcript,
    timeout: transcript.timeout * factor,
    ...(continued && { continued: open(continued) }),
    commands: commands.map(command => ({ ...command, expectation: open(command.expectation) })),
    unjudged,
  }

  function open(expectation: Expectation): Expectation {
    const patterns = expectation.patterns.map(pattern =>
      pattern.rest ? pattern : { ...pattern, parts: pattern.parts.map(openPart) },
    )
    return { ...expectation, patterns }
  }

  function openPart(part: Part, at: number, parts: Part[]): Part {
    if (typeof part === 'string' || !part.range) return part
    const behind = parts[at + 1]
    if (!transcript.alone && !(typeof behind === 'string' && UNIT.test(behind))) return part
    unjudged++
    const { range, ...rest } = part
    return { ...rest, type: 'int' }
  }
}
