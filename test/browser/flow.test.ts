import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { startBuilt, visit } from './browser.ts'
import { predictAll, run, startOver } from './clicks.ts'
import { useStage } from './stage.ts'

const LESSON = 'lessons/01-bind-conflict'
/** Pixels that a place may differ by: browsers round. */
const NEAR = 3

const stage = useStage(startBuilt, { programs: ['ss', 'strace'] })
let page: Page

const bar = () => page.locator('.LessonBar')

test('the bar says section, step and minutes left, and stays in sight', async () => {
  page = await stage.open(LESSON)
  await startOver(page)
  await expect.poll(() => bar().locator('[data-step]').textContent()).toMatch(/^step 1 of \d+$/)
  const left = async () => Number.parseInt((await bar().locator('.left').textContent())!, 10)
  const before = await left()
  await predictAll(page)
  await run(page, 4)
  await expect.poll(() => bar().locator('[data-step]').textContent()).toMatch(/^step (?!1 )\d+ of \d+$/)
  expect(await left()).toBeLessThan(before)
  const heading = page.locator('.vp-doc h2:visible').nth(2)
  await heading.evaluate(element => element.scrollIntoView())
  const title = (await heading.evaluate(element => element.firstChild?.textContent))!.trim()
  await expect.poll(() => bar().locator('[data-section]').textContent()).toBe(title)
  expect((await bar().boundingBox())!.y).toBeLessThan(80)
  await bar()
    .getByRole('link', { name: /^Next: / })
    .click()
  await expect.poll(() => page.url()).toContain('/lessons/02-')
})

test('who has looked without predicting is not said to have predicted', async () => {
  page = await stage.open(LESSON)
  await page.locator('[data-show-now]:visible, [data-reveal]:visible').first().click()
  await page
    .locator('.LessonEnd')
    .getByText(/1 of \d+ questions, 0 predicted/)
    .waitFor()
})

test('? lists the keys, and Escape closes the list; in a terminal it is a letter', async () => {
  page = await stage.open(LESSON)
  await page.locator('[data-shell="idle"]').first().waitFor()
  await page.keyboard.press('?')
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Run the next command').waitFor()
  await page.keyboard.press('Escape')
  await expect.poll(() => dialog.count()).toBe(0)
  await page.locator('[data-pane]').first().locator('.xterm').click()
  await page.keyboard.press('?')
  expect(await dialog.count()).toBe(0)
})

test('a key leads to the terminal in use and back to what had the focus; a link skips to the terminals', async () => {
  page = await stage.open(LESSON)
  await page.locator('[data-shell="idle"]').first().waitFor()
  const isInTerminal = () => page.evaluate(() => document.activeElement?.closest('.xterm') !== null)
  await page.locator('[data-run]:visible').first().focus()
  await page.keyboard.press('Alt+Shift+T')
  await expect.poll(isInTerminal).toBe(true)
  await page.keyboard.press('Alt+Shift+T')
  await expect.poll(() => page.evaluate(() => document.activeElement?.hasAttribute('data-run'))).toBe(true)
  const skip = page.getByRole('link', { name: 'Skip to the terminals' })
  await skip.focus()
  expect(await skip.isVisible()).toBe(true)
  await page.keyboard.press('Enter')
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('workbench')
})

test('another language, or another width of the prose, keeps the place', async () => {
  page = await stage.open(LESSON)
  await page.locator('[data-shell]').first().waitFor()
  const heading = page.locator('.vp-doc h2:visible').nth(4)
  await heading.evaluate(element => scrollBy(0, element.getBoundingClientRect().top - 130))
  const top = async () => (await heading.boundingBox())!.y
  const before = await top()
  await page.locator('[data-lang-choice="py"]').click()
  await expect.poll(() => page.locator('html').getAttribute('data-lang')).toBe('py')
  await expect.poll(async () => Math.abs((await top()) - before)).toBeLessThan(NEAR)
  await page.getByRole('separator', { name: 'Width of the workbench' }).focus()
  await page.keyboard.press('End')
  await expect.poll(async () => Math.abs((await top()) - before)).toBeLessThan(NEAR)
})

test('a step has a link that leads to it', async () => {
  page = await stage.open(LESSON)
  const last = page.locator('[data-transcript]:visible').last()
  const hash = (await last.locator('a.link').getAttribute('href'))!
  const other = await stage.newPage()
  await visit(other, `${stage.docs.origin}${LESSON}${hash}`)
  const step = other.locator(hash)
  await expect.poll(async () => (await step.boundingBox())!.y).toBeLessThan(900)
  expect((await step.boundingBox())!.y).toBeGreaterThan(100)
})

test('a lesson ends with the predictions beside what the kernel did, says that all has run, and leads on', async () => {
  page = await stage.open(LESSON)
  await startOver(page)
  await predictAll(page)
  await run(page, Number.POSITIVE_INFINITY)
  await page.locator('[data-run-next]').getByText('All run').waitFor()
  const entries = page.locator('.LessonEnd [data-entry]')
  await expect.poll(() => entries.count()).toBe(await page.locator('[data-predict]:visible').count())
  expect(await entries.first().textContent()).toMatch(/You.+The kernel/)
  await page.locator('[data-next]').click()
  await expect.poll(() => page.url()).toContain('/lessons/02-')
})

test('a program that has ended meanwhile is not said to keep running, and runs next', async () => {
  page = await stage.open(LESSON)
  await startOver(page)
  await predictAll(page)
  const server = page.locator('[data-transcript]:visible', { hasText: 'keeps running' }).first()
  const index = await server.evaluate(element =>
    [...document.querySelectorAll('[data-transcript]')]
      .filter(each => each.checkVisibility())
      .indexOf(element),
  )
  await run(page, index + 1)
  expect(await server.textContent()).toContain('keeps running')
  const id = await server.getAttribute('id')
  // A Ctrl-C there would be the page's own, typed by hand.
  await page.locator('[data-pane="client"] .name').click()
  await page.keyboard.type('pkill -x worker')
  await page.keyboard.press('Enter')
  const same = page.locator(`[id="${id}"]`)
  await same.getByText('has ended').waitFor()
  await page.keyboard.press('Alt+Enter')
  await same.getByText('keeps running').waitFor()
})

test('starting over can be undone: the scripts are back', async () => {
  page = await stage.open(LESSON)
  await startOver(page)
  const client = page.locator('[data-pane="client"]')
  const type = async (text: string) => {
    await client.locator('.name').click()
    await page.keyboard.type(text)
    await page.keyboard.press('Enter')
  }
  await type('echo "// mine" > server.ts; echo written-$((1 + 1))')
  await client.getByText('written-2').first().waitFor()
  await startOver(page)
  await page.locator('[data-undo]').click()
  await page.locator('[data-announcement]').getByText('Your files are back').waitFor({ state: 'attached' })
  await expect.poll(() => client.getAttribute('data-shell')).toBe('idle')
  await type('cat server.ts')
  await client.getByText('// mine').first().waitFor()
})

test('what runs is seen, also in a box that is folded', async () => {
  page = await stage.open('lessons/14-pitfalls')
  await startOver(page)
  const box = page.locator('.vp-doc details:visible', { has: page.locator('[data-transcript]') }).first()
  const isOpen = () => box.evaluate((details: HTMLDetailsElement) => details.open)
  await run(page, 4)
  expect(await isOpen()).toBe(false)
  await page.locator('[data-run-next]').click()
  await expect.poll(isOpen).toBe(true)
})
