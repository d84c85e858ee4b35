/** A lesson on paper: its text, and nothing that could be pressed. */
import { expect, test } from 'vitest'
import { startBuilt } from './browser.ts'
import { useStage } from './stage.ts'

const stage = useStage(startBuilt, { programs: [] })

test('buttons, terminals and bars stay away; code is dark, also where the page is', async () => {
  const page = await stage.open('lessons/01-bind-conflict', { colorScheme: 'dark' })
  await page.locator('[data-transcript]').first().waitFor()
  expect(await page.locator('.vp-doc button:visible').count()).toBeGreaterThan(0)
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
  await expect.poll(() => page.locator('button:visible').count()).toBe(0)
  for (const part of ['.Workbench', '.VPNav', '.Outcome.looked', '.MachineFigure'])
    expect(await page.locator(`${part}:visible`).count(), part).toBe(0)
  expect(await page.locator('[data-transcript]:visible').count()).toBeGreaterThan(0)
  // What the coach speaks of is marked on the screen alone.
  const marked = page.locator('[data-coach="1"] .input').first()
  expect(await marked.evaluate(input => getComputedStyle(input).boxShadow)).toBe('none')
  const light = await page
    .locator('.vp-code span[style]:visible')
    .evaluateAll(spans =>
      spans
        .map(span => getComputedStyle(span).color.match(/\d+/g)!.map(Number))
        .filter(([red = 0, green = 0, blue = 0]) => (red + green + blue) / 3 > 160),
    )
  expect(light).toEqual([])
})
