/** What a reader does to a page of the course: starts over, and clicks one Run button after another. */
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { Lesson } from '../../playground/format/lesson.ts'
import type { Lang } from '../../playground/format/transcript.ts'
import { collectErrors, visit } from './browser.ts'

/** Milliseconds: a command's own time-out, and then some. */
const VERDICT_MS = 40_000

export const transcripts = (page: Page) => page.locator('[data-transcript]:visible')

/**
 * Resolves when fresh shells are there: what is typed before would be for the old ones. Waits in the page, as all of
 * this file does: asking it again and again from here would cost more than the commands.
 */
export async function startOver(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Start over' }).click()
  await page.locator('[data-announcement]').getByText('Started over').waitFor({ state: 'attached' })
  const panes = await page.locator('[data-pane]').count()
  const fresh = page.locator('[data-link="connected"][data-shell="idle"]')
  await fresh.nth(panes - 1).waitFor({ state: 'attached' })
}

/** Clicks the Run buttons of the first transcripts, each when the one before has its verdict. */
export async function run(page: Page, count: number, verdictMs = VERDICT_MS): Promise<void> {
  // By name from here on: to find the nth visible one of a hundred, over and over, costs more than the commands.
  const fences = await transcripts(page).evaluateAll(all =>
    all.map(each => each.getAttribute('data-transcript')),
  )
  for (const fence of fences.slice(0, count)) {
    const selector = `[data-transcript="${fence}"]`
    const is = (what: string) => page.locator(`${selector}${what}`).waitFor({ timeout: verdictMs })
    const buttons = await page.locator(`${selector} [data-run]`).count()
    for (let button = 0; button < buttons; button++) {
      await page.locator(`${selector} [data-run]`).nth(button).click()
      await is(':not([data-state="running"])')
    }
    // Else it was refused, and says why.
    await is(':is(:not([data-state="idle"]), :has([data-refused]))')
  }
}

/**
 * Clicks a whole lesson in one of its languages, in a page that has nothing open: every command is as expected, and
 * every check passes.
 *
 * @param link the page's address with the server's key
 */
export async function clickThrough(page: Page, link: string, lesson: Lesson, lang: Lang): Promise<void> {
  const errors = collectErrors(page)
  await visit(page, link)
  await page.locator(`[data-lang-choice="${lang}"]`).click()
  await page.locator('[data-shell="idle"]').first().waitFor()
  await startOver(page)
  // A solution stands in one that is closed, and its check below it.
  await page.locator('details').evaluateAll(all => {
    for (const details of all) details.setAttribute('open', '')
  })
  const slowest = Math.max(...lesson.transcripts.map(({ timeout }) => timeout))
  const count = await transcripts(page).count()
  expect(count).toBeGreaterThan(10)
  await run(page, count, slowest * 1000 + VERDICT_MS / 2)
  const failed = page.locator('[data-transcript]:visible:not([data-state="passed"])')
  expect(await failed.allTextContents()).toEqual([])
  expect(await page.locator('[data-check]:visible').count()).toBeGreaterThanOrEqual(2)
  const left = page.locator('[data-check]:visible:not([data-state="passed"])')
  await left.first().waitFor({ state: 'detached' })
  expect(errors).toEqual([])
}
