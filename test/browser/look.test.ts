import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { startBuilt } from './browser.ts'
import { predictAll, run, startOver, transcripts } from './clicks.ts'
import { useStage } from './stage.ts'

const LESSON = 'lessons/01-bind-conflict'
/** Of all that moves in a run through a lesson: web.dev calls .1 good. */
const MAX_SHIFT = 0.02
/** Bytes of all faces together. */
const MAX_FONTS = 80_000

const stage = useStage(startBuilt, { programs: ['ss', 'strace'] })

test('the letters are ours, few, and come with their licence', async () => {
  const page = await stage.open(LESSON)
  await page.evaluate(() => document.fonts.ready)
  const loaded = await page.evaluate(() =>
    [...document.fonts].filter(({ status }) => status === 'loaded').map(({ family }) => family),
  )
  expect(new Set(loaded.map(name => name.replaceAll('"', '')))).toEqual(new Set(['Plex Sans', 'Plex Mono']))
  const folder = '.vitepress/theme/fonts'
  const names = await readdir(folder)
  expect(names).toContain('OFL.txt')
  const sizes = await Promise.all(
    names.filter(name => name.endsWith('.woff2')).map(async name => (await stat(join(folder, name))).size),
  )
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(MAX_FONTS)
})

test('prose is about 620 pixels wide, beside a workbench of 80 columns', async () => {
  const page = await stage.open(LESSON)
  const { width } = (await page.locator('.vp-doc p').first().boundingBox())!
  expect(width).toBeGreaterThanOrEqual(600)
  expect(width).toBeLessThanOrEqual(640)
})

test('prose that is scrolled does not show through the navigation', async () => {
  // Between 960 and 1280 pixels the default theme leaves its paint to a bar that a lesson does without.
  const page = await stage.open(LESSON, { key: false, viewport: { width: 1024, height: 768 } })
  const [paint, paper] = await page.evaluate(() => [
    getComputedStyle(document.querySelector('.VPNavBar.has-local-nav')!, '::before').backgroundColor,
    getComputedStyle(document.body).backgroundColor,
  ])
  expect(paint).toBe(paper)
})

test('the ways out of a lesson are in sight, however narrow its column, right below the navigation', async () => {
  for (const [width, height] of [
    [1440, 900],
    [1024, 768],
    [390, 844],
  ] as const) {
    const page = await stage.open('lessons/06-distribution', { key: false, viewport: { width, height } })
    const box = async (selector: string) => (await page.locator(selector).first().boundingBox())!
    const [bar, next, nav] = [
      await box('.LessonBar'),
      await box('.LessonBar [rel="next"]'),
      await box('.VPNav'),
    ]
    expect(next.x + next.width).toBeLessThanOrEqual(bar.x + bar.width)
    expect(Math.abs(bar.y - nav.y - nav.height)).toBeLessThanOrEqual(1)
  }
})

test('no block of code reaches out of its frame on a telephone', async () => {
  const page = await stage.open('lessons/12-shared-state', {
    key: false,
    viewport: { width: 390, height: 844 },
  })
  const out = await page.locator('[data-challenge]').evaluateAll(frames =>
    frames.flatMap(frame => {
      const { left, right } = frame.getBoundingClientRect()
      const within = ({ left: from, right: to }: DOMRect) => from >= left && to <= right
      const code = [...frame.querySelectorAll('[class*="language-"]')].filter(each => each.checkVisibility())
      return [code.length, code.filter(each => !within(each.getBoundingClientRect())).length]
    }),
  )
  expect(out[0]).toBeGreaterThan(0)
  expect(out[1]).toBe(0)
})

test('a drawing keeps its lines whole on a telephone', async () => {
  const page = await stage.open('lessons/18-steering', { key: false, viewport: { width: 390, height: 844 } })
  const heights = await page
    .locator('.language-text:visible .line')
    .evaluateAll(lines => lines.map(line => line.getBoundingClientRect().height))
  expect(heights.length).toBeGreaterThan(10)
  expect(new Set(heights).size).toBe(1)
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
})

test('four workers are seen whole above the terminals, with their lanes', async () => {
  const page = await stage.open('lessons/06-distribution')
  await startOver(page)
  await predictAll(page)
  await run(page, 2)
  const dock = page.locator('[data-dock]')
  await dock.locator('.Lanes').waitFor()
  await expect.poll(() => dock.locator('[data-worker]').count()).toBe(4)
  const top = (await dock.locator('[data-replay]').boundingBox())!.y
  for (const worker of await dock.locator('[data-worker]').all()) {
    const { y, height } = (await worker.boundingBox())!
    expect(y + height).toBeLessThanOrEqual(top)
  }
})

test('a terminal has one scroll bar', async () => {
  const page = await stage.open(LESSON)
  const viewport = page.locator('.xterm-viewport').first()
  await viewport.waitFor({ state: 'attached' })
  expect(await viewport.evaluate(element => getComputedStyle(element).scrollbarWidth)).toBe('none')
})

test('nothing jumps in a run through a lesson', async () => {
  const page = await stage.open(LESSON)
  await startOver(page)
  await watchShifts(page)
  await predictAll(page)
  await run(page, await transcripts(page).count())
  await page.evaluate(
    () => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  )
  const shifts = await page.evaluate(() => (window as unknown as { shifts: Shift[] }).shifts)
  const sum = shifts.reduce((total, { value }) => total + value, 0)
  expect(sum, shifts.map(({ value, what }) => `${value.toFixed(4)} ${what}`).join('\n')).toBeLessThan(
    MAX_SHIFT,
  )
})

interface Shift {
  value: number
  what: string
}

/** What moves in the prose. */
async function watchShifts(page: Page): Promise<void> {
  await page.evaluate(() => {
    const shifts: Shift[] = []
    Object.assign(window, { shifts })
    const observer = new PerformanceObserver(list => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        value: number
        sources: { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }[]
      })[]) {
        // Panes open and fold where a command runs: that is asked for. Prose never moves, not even then.
        const nodes = entry.sources.map(({ node }) => (node instanceof Element ? node : node?.parentElement))
        if (nodes.every(node => node?.closest('.Workbench'))) continue
        const what = entry.sources.map(({ node, previousRect, currentRect }) => {
          const element = node instanceof Element ? node : node?.parentElement
          return `${element?.className} ${Math.round(previousRect.y)}→${Math.round(currentRect.y)}`
        })
        shifts.push({ value: entry.value, what: what.join(', ') })
      }
    })
    observer.observe({ type: 'layout-shift' })
  })
}
