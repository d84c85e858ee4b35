import { mkdir } from 'node:fs/promises'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { beforeEach, expect, test } from 'vitest'
import { paint, startBuilt, visit } from './browser.ts'
import { useStage } from './stage.ts'

const LESSON = 'lessons/02-reuseport'

const stage = useStage(startBuilt, { programs: ['ss'] })
let page: Page
beforeEach(async () => {
  page = await stage.newPage()
})

const challenge = () => page.locator('[data-challenge="second-server"]')
const state = () => challenge().getAttribute('data-state')
const part = (kind: 'hint' | 'solution') => challenge().locator(`[data-part="${kind}"]`)

async function picture(name: string): Promise<void> {
  await mkdir('test/output', { recursive: true })
  for (const colorScheme of ['light', 'dark'] as const) {
    await paint(page, colorScheme)
    await challenge().screenshot({ path: `test/output/challenge-${name}-${colorScheme}.png` })
  }
  const { violations } = await new AxeBuilder({ page }).include('.Challenge').analyze()
  expect(violations.map(({ id }) => id)).toEqual([])
}

/** Runs a transcript of the challenge that is as it should be. */
async function run(pane: string, text: string): Promise<void> {
  const transcript = challenge().locator(`[aria-label="Commands for ${pane}"]:visible`, { hasText: text })
  for (const button of await transcript.locator('[data-run]').all()) await button.click()
  await expect.poll(() => transcript.getAttribute('data-state')).toBe('passed')
}

test('hints come one at a time, the solution beside mine, and nothing ends when it is solved', async () => {
  await visit(page, stage.linkTo(LESSON))
  await expect.poll(state).toBe('waiting')
  await challenge().getByText('Port 8082 has 0 listeners and 0 workers; two of each are needed.').waitFor()
  expect(await part('hint').count()).toBe(0)
  expect(await part('solution').count()).toBe(0)
  await picture('waiting')

  // By keyboard alone.
  await challenge().locator('[data-hint]').press('Enter')
  expect(await part('hint').count()).toBe(1)
  expect(await part('hint').evaluate(element => element === document.activeElement)).toBe(true)
  await challenge().locator('[data-hint]').press('Enter')
  expect(await part('hint').count()).toBe(2)
  expect(await challenge().locator('[data-hint]').count()).toBe(0)

  const given = page.waitForResponse(/\/api\/solution\//)
  await challenge().locator('[data-solution]').press('Enter')
  expect((await given).status()).toBe(201)
  await challenge().locator('[data-solution-files]').getByText('solution/second-server').waitFor()
  await picture('open')

  // What the starter does is run by a click as well, and needs nothing of the page above.
  expect(await challenge().locator('[data-to-here]').count()).toBe(0)
  for (const pane of ['server-1', 'server-2']) await run(pane, 'node solution/')
  await run('client', 'client.ts --port 8082')
  await expect.poll(state).toBe('passed')
  await challenge().getByText('Your terminals stay as they are').waitFor()
  await picture('solved')
  expect(await page.locator('[data-pane="server-1"][data-shell="running"]').count()).toBe(1)
})

test('a solution that has no files of its own speaks of none', async () => {
  await visit(page, stage.linkTo('lessons/01-bind-conflict'))
  const other = page.locator('[data-challenge="taken-port"]')
  await expect.poll(() => other.getAttribute('data-state')).toBe('waiting')
  const given = page.waitForResponse(/\/api\/solution\//)
  await other.locator('[data-solution]').click()
  expect((await given).status()).toBe(204)
  await other.locator('[data-part="solution"]').first().waitFor()
  expect(await other.locator('[data-solution-files]').count()).toBe(0)
})

test('without a machine it is its text, with hints and solution', async () => {
  await visit(page, `${stage.docs.origin}${LESSON}`)
  expect(await state()).toBe('unknown')
  await challenge().locator('[data-hint]').click()
  await challenge().locator('[data-solution]').click()
  expect([await part('hint').count(), await part('solution').count()]).toEqual([1, 1])
  expect(await challenge().locator('[data-solution-files]').count()).toBe(0)
})
