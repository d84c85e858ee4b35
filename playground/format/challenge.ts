import { langOf, nameMistake } from './check.ts'
import type { Container, Page } from './page.ts'
import { quote, type Report } from './placeholder.ts'
import type { Lang, Transcript } from './transcript.ts'

/**
 * A `::: challenge NAME` container: a task whose starter files fail, and whose end only the kernel can grant. Its name
 * is that of its check, and of the folders of its files: `NAME` and `solution/NAME`.
 */
export interface Challenge {
  name: string
  /** Of its first line. */
  line: number
  lang?: Lang
  /** Those above its solutions: what the starter files do. */
  transcripts: Transcript[]
  solutions: Solution[]
}

/** A `::: solution TITLE` container in it. */
export interface Solution {
  line: number
  endLine: number
  lang?: Lang
  transcripts: Transcript[]
}

/** Mistakes are reported, and such a challenge is left out. */
export function parseChallenges(page: Page, transcripts: Transcript[], report: Report): Challenge[] {
  const { containers } = page
  const challenges: Challenge[] = []
  for (const container of containers) {
    const { name, line, within } = container
    if (name === 'challenge') {
      const challenge = parseChallenge(container, page, transcripts, report)
      if (challenge) challenges.push(challenge)
    } else if ((name === 'hint' || name === 'solution') && !within.some(isChallenge)) {
      report({ line, what: `a ${name} outside of a challenge`, todo: 'put it into ::: challenge NAME' })
    }
  }
  return challenges
}

/** The challenges that a reader of one language sees. */
export function challengesFor(challenges: readonly Challenge[], lang: Lang | undefined): Challenge[] {
  return challenges.filter(challenge => isFor(challenge, lang))
}

/** The solutions among which a reader of one language finds theirs. */
export function solutionsFor({ solutions }: Challenge, lang: Lang | undefined): Solution[] {
  return solutions.filter(
    solution => isFor(solution, lang) && solution.transcripts.some(transcript => isFor(transcript, lang)),
  )
}

/** Of all its solutions, too. */
export function transcriptsIn({ transcripts, solutions }: Challenge): Transcript[] {
  return [...transcripts, ...solutions.flatMap(({ transcripts }) => transcripts)]
}

function isFor({ lang }: { lang?: Lang }, reader: Lang | undefined): boolean {
  return lang === undefined || lang === reader
}

function parseChallenge(
  { line, endLine, rest: name, within }: Container,
  { containers }: Page,
  transcripts: Transcript[],
  report: Report,
): Challenge | undefined {
  const inside = containers.filter(other => other.line > line && other.line < endLine)
  const mine = transcripts.filter(each => each.line > line && each.line < endLine)
  for (const { name, line } of inside) {
    if (name !== 'check' && name !== 'challenge' && name !== 'predict') continue
    report({ line, what: `a ${name} inside a challenge`, todo: 'put it above or below' })
  }
  const solutions = inside
    .filter(({ name }) => name === 'solution')
    .map(({ line, endLine, within }): Solution => {
      const lang = langOf(within)
      const transcripts = mine.filter(each => each.line > line && each.line < endLine)
      return { line, endLine, ...(lang && { lang }), transcripts }
    })
  for (const { line, transcripts } of solutions) {
    if (transcripts.length > 0) continue
    report({ line, what: 'a solution that nothing runs', todo: 'write the commands that show it into it' })
  }
  if (solutions.length === 0) {
    report({ line, what: 'a challenge without a solution', todo: 'write ::: solution into it' })
  }
  const own = mine.filter(each => !solutions.some(({ transcripts }) => transcripts.includes(each)))
  const late = own.find(each => solutions.some(solution => solution.line < each.line))
  if (late) {
    const todo = 'put it above the first one, or into one of them'
    report({ line: late.line, what: 'a transcript below a solution', todo })
  }
  const mistake = nameMistake('challenge', name)
  if (mistake) report({ line, ...mistake })
  if (mistake || solutions.length === 0) return undefined
  const lang = langOf(within)
  return { name, line, ...(lang && { lang }), transcripts: own, solutions }
}

function isChallenge(info: string): boolean {
  return /^challenge(?:\s|$)/.test(info)
}

/** Readers of a language who are shown a challenge, and no solution of it. */
export function reportUnsolved(challenges: Challenge[], languages: Lang[], report: Report): void {
  for (const lang of languages)
    for (const challenge of challengesFor(challenges, lang)) {
      if (solutionsFor(challenge, lang).length > 0) continue
      const what = `the challenge ${quote(challenge.name)} has no solution for lang=${lang}`
      const todo = `write one, or put the challenge into ::: lang ${lang === 'ts' ? 'py' : 'ts'}`
      report({ line: challenge.line, what, todo })
    }
}
