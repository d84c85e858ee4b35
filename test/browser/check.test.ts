import { mkdir } from 'node:fs/promises'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { beforeEach, expect, test } from 'vitest'
import type { MachineMessage } from '../../playground/protocol.ts'
import { paint, reload, startBuilt, visit } from './browser.ts'
import { useStage } from './stage.ts'

const LESSON = 'lessons/02-reuseport'

const stage = useStage(startBuilt, { programs: ['ss'] })
let page: Page

beforeEach(async () => {
  page = await stage.newPage()
})

const open = () => visit(page, stage.linkTo(LESSON))
const check = () => page.locator('[data-check="group-of-two"]')
const state = () => check().getAttribute('data-state')

async function runServer(pane: string): Promise<void> {
  const transcript = page.locator('[data-transcript]:visible', { hasText: `${pane}keeps running` }).first()
  await transcript.locator('[data-run]').first().click()
  await expect.poll(() => transcript.getAttribute('data-state')).toBe('passed')
}

async function picture(name: string): Promise<void> {
  await check().evaluate(element => element.scrollIntoView({ block: 'center' }))
  await mkdir('test/output', { recursive: true })
  for (const colorScheme of ['light', 'dark'] as const) {
    await paint(page, colorScheme)
    await page.screenshot({ path: `test/output/check-${name}-${colorScheme}.png` })
  }
  const { violations } = await new AxeBuilder({ page }).include('.Check').analyze()
  expect(violations.map(({ id }) => id)).toEqual([])
}

test('a check says what is missing, passes by itself, stays, and starts over', async () => {
  await open()
  await expect.poll(state).toBe('waiting')
  await check().getByText('Nobody listens on port 8080; 2 listeners with a worker each are needed.').waitFor()
  await picture('waiting')
  await runServer('server-1')
  await check()
    .getByText('Port 8080 has 1 listener and 1 worker; 2 listeners with a worker each are needed.')
    .waitFor()
  expect(await state()).toBe('waiting')
  await runServer('server-2')
  await expect.poll(state).toBe('passed')
  expect(await check().textContent()).toMatch(/Done: Two listeners share port 8080.*Done\./s)
  await picture('passed')

  await reload(page)
  await expect.poll(state).toBe('passed')
  // It was so when the reader came.
  expect(await check().textContent()).not.toContain('Done:')

  await page.getByRole('button', { name: 'Start over' }).click()
  await expect.poll(state).toBe('waiting')
  await check().getByText('Nobody listens on port 8080').waitFor()
})

test('one that cannot be met any more says so, and starts over', async () => {
  const broken: MachineMessage = {
    type: 'checks',
    checks: { 'group-of-two': { state: 'broken', observed: 'The `server.ts` is gone.' } },
  }
  await page.routeWebSocket(/\/api\/machine\//, socket => socket.send(JSON.stringify(broken)))
  await open()
  await expect.poll(state).toBe('broken')
  await check().getByText('server.ts').waitFor()
  await picture('broken')
  const reset = page.waitForResponse(/\/api\/reset\//)
  await check().getByRole('button', { name: 'Start over' }).click()
  expect((await reset).status()).toBe(204)
})

test('without a machine it is its text', async () => {
  await visit(page, `${stage.docs.origin}${LESSON}`)
  await page.locator('.Workbench').getByText('Open the link that').waitFor()
  expect(await state()).toBe('unknown')
  expect((await check().textContent())?.trim()).toBe(
    'Two listeners share port 8080, and each has a worker of its own.',
  )
  await picture('unknown')
})
