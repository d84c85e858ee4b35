/** The playground while its server is away. */
import { expect, test } from 'vitest'
import { startBuilt } from './browser.ts'
import { useStage } from './stage.ts'

// The browser complains of each connection that is refused.
const stage = useStage(startBuilt, { programs: ['ss'], complains: true })

test('while no server answers, no button takes what would be lost', async () => {
  const page = await stage.open('playground?scene=own&workers=2&rate=20')
  const takes = page.locator(':is([data-world], .Controls) [data-act]:not([data-act="replay"]):enabled')
  const isComplete = () =>
    expect.poll(() => page.locator('.hand:enabled').count(), { timeout: 30_000 }).toBe(6)
  await isComplete()
  await expect.poll(() => takes.count()).toBeGreaterThan(6)
  stage.docs.process.kill('SIGTERM')
  await expect.poll(() => takes.count(), { timeout: 30_000 }).toBe(0)
  stage.docs = await stage.docs.restart()
  await page.locator('[data-act="start"]:enabled').click()
  await isComplete()
})
