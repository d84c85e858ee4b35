/** Who has the room beside the prose: the picture, the terminal in use, a line for each of the others. */
import type { Locator } from 'playwright-core'
import { expect, test } from 'vitest'
import { startBuilt } from './browser.ts'
import { run } from './clicks.ts'
import { useStage } from './stage.ts'

const stage = useStage(startBuilt, { programs: [] })

test('the pane in use grows and keeps its error in sight; fold, all the room and clear, by hand and by key', async () => {
  const page = await stage.open('lessons/01-bind-conflict', { viewport: { width: 1440, height: 720 } })
  const pane = (name: string) => page.locator(`[data-pane="${name}"]`)
  const places = async (...names: string[]) =>
    Promise.all(names.map(name => pane(name).getAttribute('data-place')))
  const dock = page.locator('[data-dock]')
  await pane('server-1').locator('.xterm-rows').getByText('$').first().waitFor()
  expect(await places('server-1', 'server-2', 'client')).toEqual(['open', 'line', 'line'])
  await dock.getByText('Nothing listens here yet.', { exact: false }).waitFor()

  // Of Node's stack the error is the first line, and more follows than there is room for.
  const server = pane('server-1')
  await server.locator('.xterm').click()
  await page.keyboard.type('node server.ts --host 192.0.2.1\n')
  const error = server.locator('.xterm-rows').getByText('Error: listen EADDRNOTAVAIL')
  await expect.poll(() => server.getAttribute('data-shell')).toBe('idle')
  await expect.poll(() => isInside(error, server)).toBe(true)

  // A click on a line opens its pane, and the program in it does not notice.
  const client = pane('client')
  await client.locator('.xterm').click()
  expect(await places('server-1', 'server-2', 'client')).toEqual(['line', 'line', 'open'])
  await expect.poll(() => isInside(error, server)).toBe(true)
  await page.keyboard.type('stty size\n')
  const size = async () => /\d+ \d+/.exec((await client.locator('.xterm-rows').textContent())!)?.[0]
  await expect.poll(size).toBeTruthy()
  const before = await size()
  await page.keyboard.press('Alt+Shift+KeyF')
  expect(await places('client')).toEqual(['line'])
  await page.keyboard.press('Alt+Shift+KeyF')
  await page.keyboard.press('Alt+Shift+KeyK')
  await expect.poll(size).toBeUndefined()
  await page.keyboard.type('stty size\n')
  await expect.poll(size).toBe(before)

  await page.keyboard.press('Alt+Shift+KeyM')
  expect(await places('server-1', 'server-2', 'client')).toEqual(['away', 'away', 'open'])
  await expect.poll(() => dock.isVisible()).toBe(false)
  await client.locator('[data-act="maximise"]').click()
  await dock.waitFor()
  await page.keyboard.press('Alt+Shift+KeyP')
  await expect.poll(() => dock.getAttribute('data-place')).toBe('line')

  // A run opens its pane; what was unfolded by hand stays so.
  await run(page, 1)
  expect(await places('server-1', 'server-2', 'client')).toEqual(['open', 'line', 'open'])
})

/** Whether the whole of its first line is seen in a pane. */
async function isInside(line: Locator, pane: Locator): Promise<boolean> {
  const inner = await line.first().boundingBox()
  const outer = await pane.boundingBox()
  if (!inner || !outer) return false
  return inner.y >= outer.y - 1 && inner.y + inner.height <= outer.y + outer.height + 1
}
