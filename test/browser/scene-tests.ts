/** A scene of the playground from its link to its last button; what the page shows is what `ss` and `nstat` say there. */
import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { SCENES, type Scene, type SceneName } from '../../playground/format/scene.ts'
import { startBuilt } from './browser.ts'
import { useStage } from './stage.ts'
import { screen } from './typing.ts'

/** Calm enough for a busy machine; stills in place of movement for the same reason. */
const QUERY = '&rate=20'

export function testScenes(names: readonly SceneName[]): void {
  const stage = useStage(startBuilt, { programs: ['ss', 'nstat', 'node'], complains: true })

  test.each(names)('%s: from its link to its last button', async name => {
    const page = await stage.open(`playground?scene=${name}${QUERY}`, { reducedMotion: 'reduce' })
    const world = page.locator('[data-scene][data-world="world-a"]')
    await expect.poll(() => world.getAttribute('data-state')).toBe('running')
    const { models, title }: Scene = SCENES[name]
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(title)
    await page.locator('[data-act="answer"]').click()
    await page.locator('.Playground .answer').waitFor()

    await isAsTheKernelSays(page, world)
    await hasHands(page, world)
    await worksAsAWhole(page, world, models)
    await hasSwitches(page)
    expect(await world.getAttribute('data-state')).toBe('running')
    await page.locator('[data-act="start"]').click()
    await expect.poll(() => world.getAttribute('data-state')).toBe('running')
    // Chromium logs each refusal; the page says what it is about, which is looked at above.
    expect(stage.errors().filter(error => !error.includes('status of 409'))).toEqual([])
  })
}

const shown = async (page: Page, pane: string) => {
  const terminal = page.locator(`[data-pane="${pane}"]`).first()
  await terminal.scrollIntoViewIfNeeded()
  return screen(terminal)
}

let commands = 0
/** What a command prints in the terminal `tools`, in the same sandbox. */
async function says(page: Page, command: string): Promise<string> {
  const tools = page.locator('[data-pane="tools"]').first()
  const mark = `said-${commands++}`
  await expect.poll(() => tools.getAttribute('data-shell')).toBe('idle')
  await tools.locator('.xterm-helper-textarea').focus()
  await page.keyboard.type(`clear; echo "<$(${command})>" ${mark}\n`)
  const answer = new RegExp(`<([^<>$]*)> ${mark}`)
  let found: string | undefined
  await expect.poll(async () => (found = answer.exec(await shown(page, 'tools'))?.[1])).toBeDefined()
  return found!
}

/** With the load at rest: listeners, what waits, and what was counted. */
async function isAsTheKernelSays(page: Page, world: Locator): Promise<void> {
  await page.locator('input[data-act="rate"]').fill('0')
  await expect.poll(() => shown(page, 'tools')).toContain('echo 0 > load/rate')
  await expect.poll(async () => Number(await world.locator('[data-figure="rate"]').textContent())).toBe(0)
  const listeners = await says(page, "ss -Hltn 'sport = :8080' | wc -l")
  await expect.poll(() => world.locator('.queue').count()).toBe(Number(listeners))
  const waiting = await says(page, "ss -Hltn 'sport = :8080' | awk '{ sum += $2 } END { print sum }'")
  const queued = async () =>
    (await world.locator('.queue b').allInnerTexts()).reduce((sum, text) => sum + Number(text), 0)
  await expect.poll(queued).toBe(Number(waiting))
  for (const [counter, about] of [
    ['TcpPassiveOpens', 'TcpPassiveOpens'],
    ['TcpOutRsts', 'TcpOutRsts'],
  ] as const) {
    const counted = await says(page, `nstat -asz ${counter} | awk '/^Tcp/ { print $2 }'`)
    const own = async () => {
      const counter = world.locator(`.counter[title="${about}"] b`)
      return (await counter.count()) === 0 ? 0 : Number(await counter.textContent())
    }
    await expect.poll(own).toBe(Number(counted))
  }
}

/**
 * On the last worker that listens: kill; on the first process: stop, continue, end. In this order: the first may be
 * the parent, with which all others go. Who is in the picture only for what it has answered leaves it by itself.
 */
async function hasHands(page: Page, world: Locator): Promise<void> {
  const standing = world.locator('[data-worker]:not(.no-listener):has([data-act="kill"])')
  const pidsOf = (processes: Locator) =>
    processes.evaluateAll(all => all.map(each => (each as HTMLElement).dataset.worker!))
  const pids = () => pidsOf(standing)
  const hand = (pid: string, act: string) => world.locator(`[data-worker="${pid}"] [data-act="${act}"]`)
  await expect.poll(async () => (await pids()).length).toBeGreaterThan(0)
  const [first = ''] = await pids()
  const last = (await pidsOf(standing.filter({ hasNotText: 'parent' }))).at(-1)
  if (last !== undefined && last !== first) {
    await hand(last, 'kill').press('Enter')
    await expect.poll(pids).not.toContain(last)
  }
  if ((await hand(first, 'continue').count()) === 0) {
    await hand(first, 'stop').press('Enter')
    await expect.poll(() => shown(page, 'tools')).toContain(`kill -STOP ${first}`)
  }
  await expect.poll(() => hand(first, 'continue').count()).toBe(1)
  expect(await says(page, `awk '/^State/ { print $2 }' /proc/${first}/status`)).toBe('T')
  await hand(first, 'continue').press('Enter')
  await expect.poll(() => hand(first, 'stop').count()).toBe(1)
  await hand(first, 'end').press('Enter')
  await expect.poll(pids).not.toContain(first)
}

/** One more worker, and all anew: done, or said why not. */
async function worksAsAWhole(page: Page, world: Locator, models: Scene['models']): Promise<void> {
  const [model] = models
  const problem = world.locator('.problem')
  await world.locator('[data-act="add"]').press('Enter')
  const added = { one: 'node one.ts &', own: 'node own.ts --workers 1 &', supervised: 'kill -TTIN' }
  if (model in added) await expect.poll(() => shown(page, 'tools')).toContain(added[model as 'own'])
  else await expect.poll(() => problem.textContent()).toContain('Only its parent')
  await world.locator('[data-act="restart"]').press('Enter')
  if (model === 'supervised') await expect.poll(() => shown(page, 'tools')).toContain('kill -HUP')
  else await expect.poll(() => problem.textContent()).toContain('no supervisor')
}

async function hasSwitches(page: Page): Promise<void> {
  await isRefused(page)
  await page.locator('[data-act="backlog"]').check()
  await expect.poll(() => shown(page, 'tools')).toContain('net.core.somaxconn = 8')
  const migrate = page.locator('[data-act="migrate"]')
  if (await migrate.isDisabled()) return
  await migrate.check()
  await expect.poll(() => shown(page, 'tools')).toContain('net.ipv4.tcp_migrate_req = 1')
  await expect.poll(() => says(page, 'sysctl -n net.ipv4.tcp_migrate_req')).toBe('1')
}

/** While a program runs in the terminal in which it would be typed; what was moved is back as it is. */
async function isRefused(page: Page): Promise<void> {
  const backlog = page.locator('[data-act="backlog"]')
  const tools = page.locator('[data-pane="tools"]').first()
  await tools.locator('.xterm-helper-textarea').focus()
  await page.keyboard.type('cat\n')
  await expect.poll(() => tools.getAttribute('data-shell')).toBe('running')
  await backlog.check()
  await expect.poll(() => page.locator('.problem').first().textContent()).toContain('end it with Ctrl-C')
  await expect.poll(() => backlog.isChecked()).toBe(false)
  await tools.locator('.xterm-helper-textarea').focus()
  await page.keyboard.press('Control+c')
  await expect.poll(() => tools.getAttribute('data-shell')).toBe('idle')
}
