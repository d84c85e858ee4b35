/** What a lesson's page claims: sentences that a run has to prove before anybody may believe them. */
import type { Token } from 'markdown-it'
import type { Lesson } from './lesson.ts'
import { readTokens } from './page.ts'
import { plainText } from './question.ts'
import type { Lang, Transcript } from './transcript.ts'

/** The sentence of a check, or the right answer to a question. */
export interface Claim {
  /** Where it is on its page: `check-two-listeners`, `predict-1f2e3d4c`. */
  anchor: string
  line: number
  lang?: Lang
  /** What was asked; undefined for a check. Backticks mark code, here and in `says`. */
  asks?: string
  says: string
  /** Name of the check, which has to be met as well. */
  check?: string
  /** Ids of the transcripts that show it, of all languages. */
  proof: string[]
  /** What these run, in the page's first language. */
  commands: string[]
}

/** What a run of all pages found, as `verify --reporter json` writes it. */
export interface Proof {
  /** Its release: `6.12.9-amd64`. */
  kernel: string
  pages: {
    file: string
    /** ISO 8601. */
    date: string
    /** `unjudged`: bounds on time that this run has left out. */
    transcripts: { id: string; state: string; unjudged?: number }[]
    checks: { name: string; state: string }[]
  }[]
}

/** In page order. */
export function readClaims(text: string, lesson: Lesson): Claim[] {
  const tokens = readTokens(text, () => {})
  const first = lesson.languages[0]
  const commandsOf = (ids: string[]) =>
    lesson.transcripts
      .filter(({ id, lang }) => ids.includes(id) && (lang === undefined || lang === first))
      .flatMap(({ commands }) => commands.map(({ kind, input }) => (kind === 'interrupt' ? '^C' : input[0]!)))
  const checks = lesson.checks.map(({ name, line, lang }): Claim => {
    const proof = transcriptsAbove(lesson, line, lang).map(({ id }) => id)
    const commands = commandsOf(proof)
    return {
      anchor: `check-${name}`,
      line,
      lang,
      says: sentenceAt(tokens, line),
      check: name,
      proof,
      commands,
    }
  })
  const answers = lesson.questions.map(({ id, line, lang, text, choices, right, proof }): Claim => {
    const says = choices.find(choice => choice.id === right)?.text ?? ''
    return { anchor: `predict-${id}`, line, lang, asks: text, says, proof, commands: commandsOf(proof) }
  })
  return [...checks, ...answers].sort((a, b) => a.line - b.line)
}

/**
 * The last run of each kernel in which all that shows the claim has passed, newest kernel first. A transcript that
 * was edited since then has another id, and its claim is unproven until the next run.
 */
export function provenBy(
  { proof, check }: Pick<Claim, 'proof' | 'check'>,
  slug: string,
  runs: readonly Proof[],
): { kernel: string; date: string }[] {
  const proven = runs.flatMap(({ kernel, pages }) => {
    const mine = pages.filter(({ file }) => file.replace(/^.*[/\\]/s, '') === `${slug}.md`)
    const shown = mine.flatMap(({ transcripts }) => transcripts).filter(({ id }) => proof.includes(id))
    const met = mine.flatMap(({ checks }) => checks).filter(({ name }) => name === check)
    const isShown = proof.length > 0 && proof.every(id => shown.some(transcript => transcript.id === id))
    if (!isShown || (check !== undefined && met.length === 0)) return []
    const isPassed = [...shown, ...met].every(({ state }) => state === 'passed')
    if (!isPassed || shown.some(({ unjudged }) => unjudged)) return []
    return { kernel, date: latest(mine.map(({ date }) => date)) }
  })
  const byKernel = Map.groupBy(proven, ({ kernel }) => kernel)
  return [...byKernel]
    .map(([kernel, of]) => ({ kernel, date: latest(of.map(({ date }) => date)) }))
    .sort((a, b) => b.kernel.localeCompare(a.kernel, 'en', { numeric: true }))
}

function latest(dates: string[]): string {
  return dates.sort().at(-1)!
}

/** For each reader who sees the line, the last transcript above it that runs something. */
function transcriptsAbove({ transcripts, languages }: Lesson, line: number, lang?: Lang): Transcript[] {
  const readers = lang ? [lang] : languages.length > 0 ? languages : [undefined]
  const found = readers.flatMap(reader => {
    const seen = transcripts.filter(({ lang }) => lang === undefined || lang === reader)
    return seen.findLast(transcript => transcript.line < line && transcript.commands.length > 0) ?? []
  })
  return [...new Set(found)]
}

/** What the container that begins in this line says. */
function sentenceAt(tokens: Token[], line: number): string {
  const open = tokens.findIndex(({ type, map }) => type === 'container_open' && map?.[0] === line - 1)
  const end = tokens.findIndex(
    ({ type, level }, index) => index > open && type === 'container_close' && level === tokens[open]!.level,
  )
  const texts = tokens.slice(open, end).filter(({ type }) => type === 'inline')
  return texts.map(plainText).join(' ')
}
