/**
 * Each challenge of the course: its starter files fail, and each of its solutions passes. `npm test` runs a page's
 * first language, `npm run test:more` the others.
 */
import path from 'node:path'
import { expect, test } from 'vitest'
import { readPages } from '../../playground/authoring/pages.ts'
import { reportOf, reportOfCheck } from '../../playground/authoring/report.ts'
import { pageText } from '../../playground/authoring/report-text.ts'
import { runsOf, verifyPage } from '../../playground/authoring/runs.ts'
import { needsSandbox } from '../harness/needs.ts'

const { pages, mistakes } = await readPages([])
const isMore = process.env.TEST_MODE === 'more'
const runs = pages.flatMap(({ file, lesson }) =>
  runsOf(file, lesson).filter(({ way, lang }) => way && (lang !== lesson.languages[0]) === isMore),
)

test('nothing of our own course keeps verify from beginning', () => expect(mistakes).toEqual([]))

for (const run of runs) {
  const { page, lang = null, way } = run
  test(`${path.basename(page)}: ${way!.challenge}, solution ${way!.solution} (${lang ?? 'any language'})`, async context => {
    await needsSandbox(context)
    const { transcripts, checks } = await verifyPage(run)
    const report = {
      file: page,
      lang,
      date: '',
      seconds: 0,
      transcripts: transcripts.map(result => reportOf(result, 0, false)),
      checks: checks.map(result => reportOfCheck(result, 0, false)),
    }
    const states = [...transcripts, ...checks].map(({ state }) => state)
    if (states.every(state => state === 'skipped' || state === 'inapplicable')) context.skip()
    expect(
      states.filter(state => state === 'failed' || state === 'unreached'),
      pageText(report),
    ).toEqual([])
    expect(checks.map(({ check }) => check.unmet ?? false)).toEqual([true, false])
  }, 300_000)
}
