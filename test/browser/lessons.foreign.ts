/** Of the folder that `npm test -- --lessons DIR` names: it reads well, is true, builds, and can be clicked. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { readPages } from '../../playground/authoring/pages.ts'
import { findTargets } from '../../playground/authoring/targets.ts'
import { runModule } from '../harness/verify.ts'
import { startDev } from './browser.ts'
import { testLessons } from './lesson-tests.ts'

const folder = process.env.TEST_LESSONS!

async function succeeds(module: string, ...options: string[]): Promise<void> {
  const { status, out, error } = await runModule(module, ['--lessons', folder, ...options], { NO_COLOR: '1' })
  if (status !== 0) expect.fail(`${out}${error}`.trim())
}

test(
  'verify: every command, check and challenge of every page is true',
  () => succeeds('./authoring/verify.ts'),
  3_600_000,
)

test('proofread: nothing that no run can find', () => succeeds('./authoring/proofread.ts'))

test('build: the site can be made', async () => {
  const out = await mkdtemp(path.join(tmpdir(), 'playground-foreign-'))
  await succeeds('./build.ts', '--out', out).finally(() => rm(out, { recursive: true }))
})

// What is wrong with the others, the first test says.
const { pages } = await readPages((await findTargets([folder])).targets)
const lessons = pages
  .filter(({ lesson }) => lesson.transcripts.length > 0)
  .map(({ file, lesson }) => ({ page: file, lesson }))
if (lessons.length > 0) {
  const measures = lessons.some(({ lesson }) => lesson.transcripts.some(({ alone }) => alone))
  describe('on the page', () =>
    testLessons(lessons, measures ? 1 : 2, { clicks: 'all', start: () => startDev('--lessons', folder) }))
}
