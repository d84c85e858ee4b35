import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Claim, type Proof, provenBy, readClaims } from '../../../playground/format/claim.ts'
import { LessonError, parseLesson } from '../../../playground/format/lesson.ts'
import { readLessons } from '../../navigation.ts'

/** A lesson and what it claims. */
export interface Claimed {
  /** Two digits. */
  number: string
  title: string
  link: string
  claims: (Pick<Claim, 'anchor' | 'lang' | 'asks' | 'says' | 'commands'> & {
    /** Newest kernel first, each with the day of its last run; none: unproven since it was written or edited. */
    proven: { kernel: string; day: string }[]
  })[]
}

declare const data: Claimed[]

export { data }

const docs = join(import.meta.dirname, '../../../docs')

/** Runs when the site is built, and again when a lesson or a report changes. */
export default {
  watch: ['../../../docs/lessons/*.md', '../../../docs/kernels/*.json'],
  load(): Claimed[] {
    const runs = readRuns(join(docs, 'kernels'))
    return readLessons(docs).map(({ number, title, link }) => {
      return { number, title, link, claims: claimsIn(join(docs, `${link}.md`), runs) }
    })
  },
}

/** What `npm run verify -- --reporter json --output docs/kernels/NAME.json` has written. */
function readRuns(folder: string): Proof[] {
  const names = (existsSync(folder) ? readdirSync(folder) : []).filter(name => name.endsWith('.json'))
  return names.map(name => {
    const run: Proof = JSON.parse(readFileSync(join(folder, name), 'utf8'))
    const isReport =
      typeof run.kernel === 'string' && !Number.isNaN(Date.parse(run.date)) && Array.isArray(run.pages)
    if (isReport) return run
    const todo = 'write it with npm run verify -- --reporter json --output FILE'
    throw new Error(`docs/kernels/${name}: this is no report of verify; ${todo}`)
  })
}

/** None while the page holds a mistake: that is shown elsewhere. */
function claimsIn(file: string, runs: Proof[]): Claimed['claims'] {
  const text = readFileSync(file, 'utf8')
  try {
    return readClaims(text, parseLesson(text, file)).map(claim => {
      const { anchor, lang, asks, says, commands } = claim
      const proven = provenBy(claim, basename(file, '.md'), runs)
      const days = proven.map(({ kernel, date }) => ({ kernel, day: date.slice(0, 10) }))
      return { anchor, lang, asks, says, commands, proven: days }
    })
  } catch (error) {
    if (error instanceof LessonError) return []
    throw error
  }
}
