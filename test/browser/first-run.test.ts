/** Whoever opens a lesson finds the first thing to do without scrolling. */
import { readdir } from 'node:fs/promises'
import { basename } from 'node:path'
import { expect, test } from 'vitest'
import { startBuilt } from './browser.ts'
import { useStage } from './stage.ts'

const SCREENS = [
  { width: 1440, height: 900 },
  { width: 1024, height: 768 },
]

const stage = useStage(startBuilt, { programs: ['ss'] })

test('the first Run of each lesson is on the first screen, and nothing lies under the bar', async () => {
  // Where things stand is in the built pages: nothing has to run, and no shell to open.
  const page = await stage.newPage({ javaScriptEnabled: false })
  const wrong: string[] = []
  const lessons = (await readdir('docs/lessons')).filter(name => name.endsWith('.md'))
  for (const name of lessons) {
    await page.goto(`${stage.docs.origin}lessons/${basename(name, '.md')}`)
    for (const screen of SCREENS) {
      await page.setViewportSize(screen)
      const end = async (selector: string) => {
        const { y, height } = (await page.locator(selector).first().boundingBox())!
        return y + height
      }
      const run = await end('[data-run]:visible')
      if (run > screen.height) wrong.push(`${name}: at ${screen.width} the first Run ends at ${run}`)
      const head = (await page.locator('.lesson-head').boundingBox())!
      if (head.y < (await end('.LessonBar')))
        wrong.push(`${name}: at ${screen.width} the bar is over its head`)
    }
  }
  expect(lessons.length).toBeGreaterThan(10)
  expect(wrong).toEqual([])
})
