/** The picture of the machine, drawn by a real Chromium from the real kernel. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { startBuilt } from './browser.ts'
import { useStage } from './stage.ts'

const stage = useStage(startBuilt, { programs: ['ss'] })
let page: Page

/** Runs the next commands of the page, one after another. */
async function runNext(times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    const passed = await page.locator('[data-transcript][data-state="passed"]').count()
    await page.locator('[data-run-next]').click()
    await expect
      .poll(() => page.locator('[data-transcript][data-state="passed"]').count())
      .toBeGreaterThan(passed)
  }
}

test('two listeners are a group, the answers are counted, and an empty machine says so', async () => {
  page = await stage.open('lessons/02-reuseport')
  await page.locator('[data-shell="idle"]').first().waitFor()
  await page.locator('[data-view-machine]').click()
  const picture = page.locator('#workbench .Machine')
  await picture.getByText('Nothing listens here yet.', { exact: false }).waitFor()
  await runNext(2)
  await expect
    .poll(() => picture.locator('.kind').allTextContents())
    .toEqual(['reuseport group of 2 listeners'])
  await runNext(1)
  const counts = async () =>
    (await picture.locator('.count').allTextContents()).map(text => Number.parseInt(text, 10))
  const shares = async () => {
    const all = await counts()
    return { workers: all.length, answers: all.reduce((sum, count) => sum + count, 0) }
  }
  await expect.poll(shares).toEqual({ workers: 2, answers: 1000 })
  // The same, small, beside the sentence that it shows.
  const figure = page.locator('[data-machine]').first()
  await expect
    .poll(() => figure.locator('.kind').allTextContents())
    .toEqual(['reuseport group of 2 listeners'])
  // What is drawn is said in words as well.
  expect(await picture.locator('.visually-hidden').first().textContent()).toMatch(/reuseport group of 2/)
  await page.getByRole('button', { name: 'Start over' }).first().click()
  await picture.getByText('Nothing listens here yet.', { exact: false }).waitFor()
})

test('one listener with five owners is not a group', async () => {
  page = await stage.open('lessons/03-fork-workers')
  await page.locator('[data-shell="idle"]').first().waitFor()
  await page.locator('[data-view-machine]').click()
  await runNext(1)
  const picture = page.locator('#workbench .Machine')
  // The parent keeps its copy where it does not close it.
  const kinds = () => picture.locator('.kind').allTextContents()
  await expect.poll(kinds).toEqual([expect.stringMatching(/^one listener, shared by [45] processes$/)])
})
