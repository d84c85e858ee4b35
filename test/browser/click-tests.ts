/** Whole lessons clicked through in a real Chromium, in every language they have. */
import path from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, test } from 'vitest'
import type { Lesson } from '../../playground/format/lesson.ts'
import { needsProgram, needsSandbox } from '../needs.ts'
import { launch, type Running } from './browser.ts'
import { clickThrough } from './clicks.ts'

/**
 * Lessons that are tests of one file run at once, as the project's `maxConcurrency` says.
 *
 * @param start serves them
 */
export function testClicks(lessons: { page: string; lesson: Lesson }[], start: () => Promise<Running>): void {
  let docs: Running
  let browser: Promise<Browser> | undefined

  beforeAll(async () => {
    docs = await start()
  })
  beforeEach(async context => {
    needsProgram(context, 'chromium', 'strace', 'ss')
    await needsSandbox(context)
    // Tests that begin at once share one.
    browser ??= launch()
    await browser
  })
  afterAll(async () => {
    await (await browser)?.close()
    await docs.close()
  })

  for (const { page: file, lesson } of lessons) {
    const slug = path.basename(file, '.md')
    const title = `${slug} (${lesson.languages.join(', ')}): every command clicked, as expected, every check passed`
    test.concurrent(title, { timeout: 600_000 }, async () => {
      // One language after another: a page has one sandbox.
      for (const lang of lesson.languages) {
        const context = await (await browser!).newContext({
          viewport: { width: 1440, height: 900 },
          reducedMotion: 'reduce',
        })
        const link = docs.link.replace('/#', `/lessons/${slug}#`)
        await clickThrough(await context.newPage(), link, file, lesson, lang)
        await context.close()
      }
    })
  }
}
