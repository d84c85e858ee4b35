/** A test for each transcript and check of a page, in the languages it has. */
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { explain } from '../../playground/authoring/report-text.ts'
import { type Run, runsOf, verifyPage } from '../../playground/authoring/runs.ts'
import { checksFor, type Lesson, transcriptsFor } from '../../playground/format/lesson.ts'
import type { Lang } from '../../playground/format/transcript.ts'
import type { ResultState } from '../../playground/runner/results.ts'
import { sandboxKind } from '../../playground/sandbox/sandbox.ts'
import { findProgram, needsProgram, needsSandbox } from '../harness/needs.ts'
import { launch, type Running, startBuilt } from './browser.ts'
import { clickThrough } from './clicks.ts'

interface Outcome {
  state: 'passed' | 'failed' | 'skipped'
  /** Why it is not passed. */
  why: string
}

/** In page order, each of both; what is missing was not reached. */
interface Outcomes {
  transcripts: Outcome[]
  checks: Outcome[]
}

/** Each waits for it: a page's commands run once, and are looked at one by one. */
const TIMEOUT_MS = 600_000

export interface LessonTests {
  /** Languages of each page that are clicked. @default the first one; with `npm run test:more` the others */
  clicks?: 'all'
  /** Serves the pages. @default as they are built */
  start?: () => Promise<Running>
}

/**
 * To click a command is to run it: where there is a Chromium, that is done, elsewhere what `verify` does. `npm test`
 * clicks each page's first language, and runs the others as `verify` does; `npm run test:more` clicks those.
 *
 * @param atOnce pages
 */
export function testLessons(
  lessons: { page: string; lesson: Lesson }[],
  atOnce: number,
  { clicks, start = startBuilt }: LessonTests = {},
): void {
  const isMore = process.env.TEST_MODE === 'more'
  // Those of challenges: see test/lessons/challenges.test.ts.
  const runs = (page: string, lesson: Lesson) =>
    runsOf(page, lesson)
      .filter(({ way }) => way === undefined)
      .slice(isMore ? 1 : 0)
  const isClicked = ({ lang }: Run, { languages }: Lesson) =>
    isMore || clicks === 'all' || lang === languages[0]
  const done = new Map<Lesson, Promise<Map<Lang | undefined, Outcomes>>>()
  let docs: Running | undefined
  let browser: Browser | undefined

  beforeAll(async () => {
    if ((await sandboxKind()).kind !== 'bwrap') return
    if (findProgram('chromium')) [docs, browser] = await Promise.all([start(), launch()])
    const waiting = lessons.map(({ page, lesson }) => {
      const { promise, resolve, reject } = Promise.withResolvers<Map<Lang | undefined, Outcomes>>()
      // Told by the tests.
      promise.catch(() => {})
      done.set(lesson, promise)
      return () => perform(page, lesson).then(resolve, reject)
    })
    for (let lane = 0; lane < atOnce; lane++) void drive(waiting)
  })
  afterAll(async () => {
    await Promise.allSettled(done.values())
    await browser?.close()
    await docs?.close()
  })

  for (const { page, lesson } of lessons)
    for (const each of runs(page, lesson)) {
      const { lang } = each
      describe(`${path.basename(page)}${lang ? ` (${lang})` : ''}`, () => {
        const outcomes = async () => (await done.get(lesson)!).get(lang)!
        if (isClicked(each, lesson))
          test('clicked in Chromium', { timeout: TIMEOUT_MS }, async context => {
            needsProgram(context, 'chromium')
            await needsSandbox(context)
            await outcomes()
          })
        for (const [index, transcript] of transcriptsFor(lesson, lang).entries()) {
          const { line, pane, commands, requires } = transcript
          const title = commands
            .map(({ kind, input }) => (kind === 'interrupt' ? '^C' : input.join(' ')))
            .join('; ')
          const place = `${path.relative('.', page)}:${line} ${pane}: ${title || '(output)'}`
          test(place, { timeout: TIMEOUT_MS }, async context => {
            await needsSandbox(context)
            const outcome = (await outcomes()).transcripts[index]
            if (outcome?.state === 'skipped') needsProgram(context, ...requires)
            judge(outcome, context.skip)
          })
        }
        for (const [index, { line, name }] of checksFor(lesson, lang).entries())
          test(`${path.relative('.', page)}:${line} check: ${name}`, {
            timeout: TIMEOUT_MS,
          }, async context => {
            await needsSandbox(context)
            judge((await outcomes()).checks[index], context.skip)
          })
      })
    }

  /** One language after another: a page has one sandbox. */
  async function perform(page: string, lesson: Lesson): Promise<Map<Lang | undefined, Outcomes>> {
    const found = new Map<Lang | undefined, Outcomes>()
    const tab = await browser?.newPage({
      viewport: { width: 1440, height: 900 },
      reducedMotion: 'reduce',
      // Nobody looks: a quarter of the pixels costs less to paint.
      deviceScaleFactor: 0.5,
    })
    for (const run of runs(page, lesson))
      found.set(run.lang, await (tab && isClicked(run, lesson) ? click(tab, run, lesson) : verify(run)))
    await tab?.close()
    return found
  }

  async function click(tab: Page, { page, lang }: Run, lesson: Lesson): Promise<Outcomes> {
    const slowest = Math.max(...lesson.transcripts.map(({ timeout }) => timeout))
    const link = docs!.link.replace('/#', `/lessons/${path.basename(page, '.md')}#`)
    const all = await clickThrough(tab, link, lang, slowest)
    const outcomes: Outcomes = { transcripts: [], checks: [] }
    const names = new Set(lesson.checks.map(({ name }) => name))
    for (const { what, state, text } of all)
      outcomes[names.has(what) ? 'checks' : 'transcripts'].push({
        state: state === 'passed' || state === 'skipped' ? state : 'failed',
        why: text,
      })
    return outcomes
  }
}

async function verify(run: Run): Promise<Outcomes> {
  const { transcripts, checks: all } = await verifyPage(run)
  const checks = all.filter(({ check }) => !check.unmet)
  return {
    transcripts: transcripts.flatMap(({ state, reason = '', verdicts }) => {
      const failed = verdicts.find(({ ok }) => !ok)
      const why = failed ? `\n${explain(run.page, failed)}` : reason
      return state === 'unreached' ? [] : [{ state: outcomeOf(state), why }]
    }),
    checks: checks.flatMap(({ state, reason, message }) =>
      state === 'unreached' ? [] : [{ state: outcomeOf(state), why: message ?? reason ?? '' }],
    ),
  }
}

function outcomeOf(state: Exclude<ResultState, 'unreached'>): Outcome['state'] {
  return state === 'inapplicable' ? 'skipped' : state
}

/** Takes one task after another, as others do, until none is left. */
async function drive(tasks: (() => Promise<void>)[]): Promise<void> {
  for (let task = tasks.shift(); task; task = tasks.shift()) await task()
}

function judge(outcome: Outcome | undefined, skip: (note: string) => void): void {
  if (!outcome) expect.fail('not reached: something above it failed')
  if (outcome.state === 'skipped') skip(outcome.why)
  else if (outcome.state === 'failed') expect.fail(outcome.why)
}
