/** The picture of the machine, drawn by a real Chromium from the real kernel. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { reload, startBuilt } from './browser.ts'
import { predictAll } from './clicks.ts'
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
  await predictAll(page)
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

test('where all workers have ended, nothing listens any more', async () => {
  page = await stage.open('lessons/01-bind-conflict')
  await page.locator('[data-shell="idle"]').first().waitFor()
  await predictAll(page)
  await runNext(2)
  const picture = page.locator('#workbench .Machine')
  await picture.getByText('one listener', { exact: true }).waitFor()
  await page.locator('[data-pane="server-1"] .xterm').click()
  await page.keyboard.press('Control+c')
  await picture.getByText('Nothing listens here any more.').waitFor()
  await reload(page)
  await picture.getByText('Nothing listens here any more.').waitFor()
})

test('one listener with five owners is not a group', async () => {
  page = await stage.open('lessons/04-fork-workers')
  await page.locator('[data-shell="idle"]').first().waitFor()
  await runNext(1)
  const picture = page.locator('#workbench .Machine')
  // The parent keeps its copy where it does not close it.
  const kinds = () => picture.locator('.kind').allTextContents()
  await expect.poll(kinds).toEqual([expect.stringMatching(/^one listener, shared by [45] processes$/)])
})

test('a worker has one letter and one colour wherever it is seen, and lights up everywhere', async () => {
  page = await stage.open('lessons/02-reuseport')
  await page.locator('[data-shell="idle"]').first().waitFor()
  await predictAll(page)
  await runNext(2)
  const bound = page.locator('[data-printed] [data-worker-tag]')
  await expect.poll(() => bound.count()).toBeGreaterThan(1)
  const [first, second] = await bound.evaluateAll(tags => tags.map(tag => tag.dataset.workerTag!))
  const lit = (pid: string) =>
    page.locator(`[data-worker-tag="${pid}"]`).evaluateAll(tags => tags.map(tag => tag.matches('.lit')))
  // Where it is printed, in its pane, in that pane's heading, and in the picture.
  const places = (pid: string) => [
    page.locator(`[data-printed] [data-worker-tag="${pid}"]`),
    page.locator(`[data-pane] .xterm [data-worker-tag="${pid}"]`),
    page.locator(`[data-pane] .header [data-worker-tag="${pid}"]`),
    page.locator(`.Machine [data-worker="${pid}"] [data-worker-tag]`),
  ]
  for (const [pid, letter] of [
    [first!, 'A'],
    [second!, 'B'],
  ] as const)
    for (const place of places(pid)) {
      await place.first().waitFor({ state: 'attached' })
      expect(await place.first().evaluate(tag => tag.dataset.letter ?? tag.textContent)).toBe(letter)
    }
  await bound.first().hover()
  await expect.poll(async () => (await lit(first!)).every(Boolean)).toBe(true)
  expect((await lit(second!)).some(Boolean)).toBe(false)
  // And the other way round: from the terminal.
  await places(second!)[1]!.first().hover()
  await expect.poll(async () => (await lit(second!)).every(Boolean)).toBe(true)
  expect((await lit(first!)).some(Boolean)).toBe(false)
})

test('a run becomes lanes, and can be seen again, slowly, with a still for each moment', async () => {
  page = await stage.open('lessons/01-bind-conflict')
  await page.locator('[data-shell="idle"]').first().waitFor()
  await predictAll(page)
  const slow = page.locator('[data-transcript]:visible').filter({ hasText: '--work' }).first()
  await slow.locator('[data-run]').click()
  await expect.poll(() => slow.getAttribute('data-state')).toBe('passed')
  const asks = page.locator('[data-transcript]:visible').filter({ hasText: '--connections 4' }).first()
  await asks.locator('[data-run]').click()
  await expect.poll(() => asks.getAttribute('data-state')).toBe('passed')
  const picture = page.locator('#workbench .Machine')
  // Three wait behind the one that is worked on; between two looks one may have gone.
  const said = () => picture.locator('.Lanes').getAttribute('aria-label')
  await expect.poll(said).toMatch(/worker A: up to [23] waited/)
  expect(await picture.locator('.queue .amount b').allTextContents()).toEqual(['0'])
  const scrubber = picture.locator('.scrubber')
  const { min, max } = await scrubber.evaluate((input: HTMLInputElement) => ({
    min: +input.min,
    max: +input.max,
  }))
  const waits = async (part: number) => {
    await scrubber.fill(String(Math.round((min + (max - min) * part) / 10) * 10))
    // Before the server listened there is no queue.
    const queues = await picture.locator('.queue .amount b').allTextContents()
    return Number(queues[0] ?? 0)
  }
  const steps: number[] = []
  for (let part = 0; part <= 1; part += 0.05) steps.push(await waits(part))
  // All at once they are there, and then one after the other is gone.
  const most = Math.max(...steps)
  expect(most).toBeGreaterThan(1)
  const down = steps.slice(steps.indexOf(most))
  expect(down).toEqual(down.toSorted((a, b) => b - a))
  expect(steps.at(-1)).toBe(0)
  await picture.locator('[data-act="live"]').click()
  expect(await picture.locator('.ReplayBar .time').textContent()).toBe('live')
  await picture.locator('[data-act="replay"]').click()
  await expect
    .poll(() => picture.locator('.ReplayBar .time').textContent())
    .toMatch(/^0\.\d\d s · \d× slower$/)
  await expect.poll(() => picture.locator('canvas').evaluate(isDrawn)).toBe(true)
})

test('who wants no motion gets stills: one look after another, and no dots', async () => {
  page = await stage.open('lessons/02-reuseport', { reducedMotion: 'reduce' })
  await page.locator('[data-shell="idle"]').first().waitFor()
  await predictAll(page)
  await runNext(3)
  const picture = page.locator('#workbench .Machine')
  const times: string[] = []
  for (let look = 0; look < 3; look++) {
    await picture.locator('[data-act="next-still"]').click()
    times.push((await picture.locator('.ReplayBar .time').textContent())!)
  }
  expect(new Set(times).size).toBe(3)
  expect(await picture.locator('[data-act="replay"]').count()).toBe(0)
  expect(await picture.locator('canvas').evaluate(isDrawn)).toBe(false)
})

/** Whether there is anything on it. In the page. */
function isDrawn(canvas: HTMLCanvasElement | SVGElement): boolean {
  const { width, height } = canvas as HTMLCanvasElement
  const { data } = (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height)
  return data.some(value => value > 0)
}
