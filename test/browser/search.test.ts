import { expect, test } from 'vitest'
import { startBuilt } from './browser.ts'
import { useStage } from './stage.ts'

const stage = useStage(startBuilt, { programs: [] })

test('the search shows what stands around its finds, takes no other word for a short one, and moves nothing', async () => {
  const page = await stage.open('words', { key: false })
  const heading = page.locator('h1')
  const before = (await heading.boundingBox())!.x
  await page.keyboard.press('Control+k')
  const found = page.locator('.VPLocalSearchBox .excerpt mark')
  await page.locator('.VPLocalSearchBox input').fill('wait')
  await found.first().waitFor()
  const words = new Set((await found.allTextContents()).map(word => word.toLowerCase()))
  expect([...words].filter(word => !word.startsWith('wait'))).toEqual([])
  expect((await heading.boundingBox())!.x).toBe(before)
})

test('what a prediction would reveal is not in what the search shows', async () => {
  const page = await stage.open('words', { key: false })
  await page.keyboard.press('Control+k')
  await page.locator('.VPLocalSearchBox input').fill('backlog')
  const kept = page.locator('.VPLocalSearchBox .excerpt :is(explanation, predictchoice)')
  await kept.first().waitFor({ state: 'attached' })
  for (const each of await kept.all()) expect(await each.isVisible()).toBe(false)
})
