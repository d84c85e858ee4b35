/** Ways to the end of a page's challenges: each is run by itself, as a small lesson. Pure. */
import { type Challenge, challengesFor, type Solution, solutionsFor, transcriptsIn } from './challenge.ts'
import type { Lesson } from './lesson.ts'
import type { Lang, Transcript } from './transcript.ts'

/** Those of challenges, too, in page order. */
export function allTranscripts({
  transcripts,
  challenges,
}: Pick<Lesson, 'transcripts' | 'challenges'>): Transcript[] {
  return [...transcripts, ...challenges.flatMap(transcriptsIn)].sort((a, b) => a.line - b.line)
}

/** One of the solutions of a challenge. */
export interface Way {
  /** The challenge's name. */
  challenge: string
  /** Its place among the solutions of the challenge, from 1. */
  solution: number
}

/** All ways to the end of a page's challenges that readers of one language are shown. */
export function waysOf({ challenges }: Lesson, lang: Lang | undefined): Way[] {
  return challengesFor(challenges, lang).flatMap(challenge =>
    solutionsFor(challenge, lang).map(solution => ({
      challenge: challenge.name,
      solution: challenge.solutions.indexOf(solution) + 1,
    })),
  )
}

/**
 * A challenge with one of its solutions, as a lesson of its own: what the starter files do must not solve it, and the
 * solution must.
 *
 * @throws Error where the page does not have it any more
 */
export function lessonOfWay(lesson: Lesson, { challenge: name, solution: number }: Way): Lesson {
  for (const challenge of lesson.challenges.filter(challenge => challenge.name === name)) {
    const solution = challenge.solutions[number - 1]
    if (solution) return { ...lesson, ...wayTo(challenge, solution), questions: [], challenges: [] }
  }
  throw new Error(`${lesson.file}: there is no solution ${number} of the challenge ${name}`)
}

/** The page's own steps; for a transcript of a challenge those that it is run with. */
export function lessonAround(lesson: Lesson, fence: string): Lesson {
  const isHere = ({ id }: Transcript) => id === fence
  const challenge = lesson.challenges.find(challenge => transcriptsIn(challenge).some(isHere))
  if (!challenge) return lesson
  const solution = challenge.solutions.find(({ transcripts }) => transcripts.some(isHere))
  return { ...lesson, ...wayTo(challenge, solution ?? challenge.solutions[0]!) }
}

function wayTo(challenge: Challenge, { line, endLine, transcripts }: Solution) {
  const { name } = challenge
  return {
    transcripts: [...challenge.transcripts, ...transcripts],
    checks: [
      { name, line, unmet: true as const },
      { name, line: endLine },
    ],
  }
}
