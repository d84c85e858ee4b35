import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Course, writtenLessons } from '../../../playground/course/course.ts'
import type { Page } from '../../../playground/course/pages.ts'
import { type Claim, type Proof, provenBy, readClaims } from '../../../playground/format/claim.ts'

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

export function makeClaims(course: Course): Claimed[] {
  const runs = readRuns(join(course.folder, 'docs/kernels'))
  return writtenLessons(course).map(({ slug, number, title, link, page }) => {
    return { number, title, link, claims: claimsIn(slug, page(), runs) }
  })
}

/** What `npm run kernels` has written. */
function readRuns(folder: string): Proof[] {
  const names = (existsSync(folder) ? readdirSync(folder) : []).filter(name => name.endsWith('.json'))
  return names.map(name => {
    const run: Proof = JSON.parse(readFileSync(join(folder, name), 'utf8'))
    const isDated = ({ date }: Proof['pages'][number]) => !Number.isNaN(Date.parse(date))
    const isReport = typeof run.kernel === 'string' && Array.isArray(run.pages) && run.pages.every(isDated)
    if (isReport) return run
    const todo = 'write it with npm run kernels -- NAME'
    throw new Error(`docs/kernels/${name}: this is no report of verify; ${todo}`)
  })
}

/** None while the page holds a mistake: that is shown elsewhere. */
function claimsIn(slug: string, page: Page | undefined, runs: Proof[]): Claimed['claims'] {
  if (!page?.lesson) return []
  return readClaims(page.text, page.lesson).map(claim => {
    const { anchor, lang, asks, says, commands } = claim
    const proven = provenBy(claim, slug, runs)
    const days = proven.map(({ kernel, date }) => ({ kernel, day: date.slice(0, 10) }))
    return { anchor, lang, asks, says, commands, proven: days }
  })
}
