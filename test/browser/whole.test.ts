/** What a page says is neither cut nor covered, nor wrapped before it has to be, and it is said once. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { resize, startBuilt } from './browser.ts'
import { predictAll, run, startOver } from './clicks.ts'
import { useStage } from './stage.ts'

const LESSON = 'lessons/01-bind-conflict'
/** Transcripts up to the one that lists two listeners, each with an address of its own. */
const TO_TWO_PORTS = 8
/** Pixels between a worker's letter and what is printed behind it: enough to see two words. */
const LEAST_GAP = 2.5

const stage = useStage(startBuilt, { programs: ['ss', 'strace'] })

test('two ports are seen whole above the terminals, and in the drawer of a narrow window', async () => {
  const page = await stage.open(LESSON)
  await startOver(page)
  await predictAll(page)
  await run(page, TO_TWO_PORTS)
  const dock = page.locator('[data-dock]')
  await expect.poll(() => dock.locator('[data-worker]').count()).toBe(2)
  await dock.locator('[data-replay]').waitFor()
  await seenWhole()
  await resize(page, { width: 900, height: 900 })
  await page.locator('[data-summary]').click()
  await dock.locator('[data-replay]').waitFor()
  await seenWhole()

  async function seenWhole(): Promise<void> {
    const { y, height } = (await dock.boundingBox())!
    const replay = (await dock.locator('[data-replay]').boundingBox())!.y
    expect(replay).toBeLessThan(y + height)
    for (const worker of await dock.locator('[data-worker]').all()) {
      const box = (await worker.boundingBox())!
      expect(box.y).toBeGreaterThan(y)
      expect(box.y + box.height).toBeLessThanOrEqual(replay)
    }
  }
})

test('behind the letter of a worker a blank is left, on the page and in its terminal', async () => {
  const page = await stage.open(LESSON)
  await startOver(page)
  await predictAll(page)
  await run(page, 1)
  const printed = page.locator('[data-printed] [data-worker-tag]').first()
  await printed.waitFor()
  // There the letter has room of its own: it is part of what is measured.
  const gap = await printed.evaluate(tag => {
    const texts = document.createTreeWalker(tag.closest('.line')!, NodeFilter.SHOW_TEXT)
    texts.currentNode = tag.firstChild!
    let next = texts.nextNode()!
    while (next.textContent === '') next = texts.nextNode()!
    const behind = document.createRange()
    behind.setStart(next, 1)
    behind.setEnd(next, 2)
    return behind.getBoundingClientRect().left - tag.getBoundingClientRect().right
  })
  expect(await printed.evaluate(tag => getComputedStyle(tag, '::after').position)).toBe('relative')
  expect(gap).toBeGreaterThan(LEAST_GAP)
  const typed = page.locator('[data-pane="server-1"] .xterm [data-worker-tag]').first()
  await typed.waitFor({ state: 'attached' })
  const left = await typed.evaluate(tag => {
    const { left: from, width } = getComputedStyle(tag, '::after')
    const columns = tag.textContent === '' ? Number(tag.dataset.workerTag!.length) : 1
    const cell = tag.getBoundingClientRect().width / columns
    return cell + tag.getBoundingClientRect().width - Number.parseFloat(from) - Number.parseFloat(width)
  })
  expect(left).toBeGreaterThan(LEAST_GAP)
})

test('the head of a box says all that it has to say, however narrow the column', async () => {
  for (const width of [1440, 1024, 390]) {
    const page = await stage.open('lessons/05-parent-and-workers', {
      key: false,
      viewport: { width, height: 800 },
    })
    const cut = await page
      .locator('[data-transcript]:visible .head')
      .evaluateAll(heads =>
        heads.flatMap(head =>
          [...head.children]
            .filter(
              part =>
                part.scrollWidth > part.clientWidth + 1 ||
                part.getBoundingClientRect().right > head.getBoundingClientRect().right,
            )
            .map(part => part.textContent),
        ),
      )
    expect(cut).toEqual([])
  }
})

test('a choice wraps where its line ends, and not before', async () => {
  const page = await stage.open(LESSON, { key: false, viewport: { width: 1024, height: 768 } })
  const unused = await page.locator('.PredictChoice').evaluateAll(choices =>
    choices.map(choice => {
      const text = choice.querySelector('.text')!.getBoundingClientRect()
      return choice.getBoundingClientRect().right - text.right
    }),
  )
  expect(unused.length).toBeGreaterThan(5)
  // Its own padding.
  expect(Math.max(...unused)).toBeLessThanOrEqual(8)
})

test('the list of lessons keeps its lines when counts come into it', async () => {
  const page = await stage.open(LESSON, { key: false })
  await page.getByRole('button', { name: 'Lessons', exact: true }).click()
  const heights = () =>
    page
      .locator('.VPSidebarItem .text:has([data-progress])')
      .evaluateAll(entries => entries.map(entry => entry.getBoundingClientRect().height))
  const before = await heights()
  expect(before.length).toBeGreaterThan(15)
  await page.locator('.VPSidebar [data-progress]').evaluateAll(places => {
    for (const place of places) place.textContent = '10/22'
  })
  expect(await heights()).toEqual(before)
})

test('letters of every size leave all buttons of the workbench in sight', async () => {
  const page = await stage.open(LESSON)
  const larger = page.getByRole('button', { name: 'Larger letters' })
  await larger.waitFor()
  while (await larger.isEnabled()) await larger.click()
  const { x, width } = (await page.locator('[data-reset]').boundingBox())!
  expect(x + width).toBeLessThanOrEqual(1440)
  await hasBar(page)
})

/** What is wider than a terminal's window can be scrolled to, with a bar that is seen. */
async function hasBar(page: Page): Promise<void> {
  const box = page.locator('[data-pane][data-place="open"] .box').first()
  await expect
    .poll(() => box.evaluate(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth))
    .toBe(true)
  expect(await box.evaluate(element => getComputedStyle(element).overflowX)).toBe('auto')
  expect(await box.evaluate(element => getComputedStyle(element).scrollbarWidth)).not.toBe('none')
  // Of the theme, in both: a browser's own may be white on black.
  expect(await box.evaluate(element => getComputedStyle(element).scrollbarColor)).not.toBe('auto')
}

test('what ss and strace print says what its parts mean: to a pointer, and to the keyboard', async () => {
  const page = await stage.open(LESSON)
  await startOver(page)
  await predictAll(page)
  await run(page, 4)
  const parts = page.locator('[data-printed] [data-note]')
  const tip = page.getByRole('tooltip')
  await parts.filter({ hasText: 'LISTEN' }).first().hover()
  await tip.getByText('it is a listener').waitFor()
  await parts.filter({ hasText: 'users:' }).first().hover()
  await tip.getByText('The processes that hold the socket').waitFor()
  await page.mouse.move(0, 0)
  await expect.poll(() => tip.count()).toBe(0)
  // One stop, and the arrows lead on.
  await parts.first().focus()
  await tip.getByText('it is a listener').waitFor()
  await page.keyboard.press('ArrowRight')
  await tip.getByText('wait in its accept queue').waitFor()
  expect(await page.locator('[data-note][tabindex="0"]').count()).toBe(1)
  await page.keyboard.press('Escape')
  await expect.poll(() => tip.count()).toBe(0)
})
