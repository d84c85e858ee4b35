/** How to read a box: told once, on the first one. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { reload, seriousIn, startBuilt } from './browser.ts'
import { useStage } from './stage.ts'

const LESSON = 'lessons/01-bind-conflict'

const stage = useStage(startBuilt, { programs: ['ss'] })

const coach = (page: Page) => page.locator('[data-coach-steps]')
const box = (page: Page) => page.locator('[data-transcript]:visible').first()
/** What stands below it. */
const below = async (page: Page) =>
  (await coach(page).locator('xpath=following-sibling::p[1]').boundingBox())!.y

test('by key the coach goes from part to part of the first box, moves nothing, and does not come again', async () => {
  const page = await stage.open(LESSON, { key: false })
  await expect.poll(() => box(page).getAttribute('data-coach')).toBe('1')
  expect(await seriousIn(page, '[data-coach-steps]')).toEqual([])
  const place = await below(page)
  const seen = new Set<string>()
  const next = coach(page).locator('[data-coach-next]')
  await next.focus()
  for (const step of ['1', '2', '3', '4']) {
    await expect.poll(() => box(page).getAttribute('data-coach')).toBe(step)
    const said = coach(page).getByRole('listitem')
    expect(await said.count()).toBe(1)
    seen.add((await said.textContent())!)
    expect(await below(page)).toBe(place)
    await page.keyboard.press('Enter')
  }
  expect(seen.size).toBe(4)
  await coach(page).waitFor({ state: 'hidden' })
  expect(await box(page).getAttribute('data-coach')).toBe(null)
  await reload(page)
  expect(await coach(page).isVisible()).toBe(false)
  expect(await box(page).getAttribute('data-coach')).toBe(null)
})

test('Escape closes it, and the focus is on what it was about', async () => {
  const page = await stage.open(LESSON)
  const run = box(page).locator('[data-run]').first()
  await coach(page).locator('[data-coach-next]').press('Escape')
  await coach(page).waitFor({ state: 'hidden' })
  await expect.poll(() => run.evaluate(button => button === document.activeElement)).toBe(true)
})

test('where no script runs all of it is there', async () => {
  const page = await stage.newPage({ javaScriptEnabled: false })
  await page.goto(`${stage.docs.origin}${LESSON}`)
  for (const entry of await coach(page).locator('li').all()) expect(await entry.isVisible()).toBe(true)
  expect(await coach(page).locator('li').count()).toBe(4)
  expect(await coach(page).getByRole('button').count()).toBe(0)
})
