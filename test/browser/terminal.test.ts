/** What a reader does to a terminal that is not a command of the page: reload, flood, lose the network, two tabs. */
import type { Page } from 'playwright-core'
import { beforeEach, expect, test } from 'vitest'
import { needsProgram } from '../harness/needs.ts'
import { reload, startBuilt, visit } from './browser.ts'
import { startOver } from './clicks.ts'
import { useStage } from './stage.ts'
import { client, enter, isIdle, screen, shows, type } from './typing.ts'

const LESSON = 'lessons/01-bind-conflict'

const stage = useStage(startBuilt, { programs: [], complains: true })
let page: Page

beforeEach(async () => {
  page = await stage.newPage()
})

async function open(in_ = page): Promise<void> {
  await visit(in_, stage.linkTo(LESSON))
  await isIdle(in_)
}

const rows = () => client(page).locator('.xterm-rows')

test('a reload shows the same shell: what it printed, in its colours, and what is half typed', async () => {
  await open()
  // In a program that has the terminal: a Ctrl-C between the shell and its program is lost.
  await enter(page, 'clear; mine=kept; (printf "\\033[31mred\\033[0m\\n"; sleep 600)')
  // Not what was typed: Ctrl-C throws away what has not been read.
  await shows(page, /^red$/m)
  await page.keyboard.press('Control+c')
  await isIdle(page)
  await type(page, 'echo $mine')
  await shows(page, /echo \$mine/)
  const colour = () =>
    rows()
      .getByText('red', { exact: true })
      .first()
      .evaluate(element => getComputedStyle(element).color)
  await expect.poll(colour).toMatch(/^rgb/)
  const before = await colour()
  await reload(page)
  await isIdle(page)
  await shows(page, /red[\s\S]*echo \$mine/)
  await expect.poll(colour).toBe(before)
  await type(page, '')
  await page.keyboard.press('Enter')
  await shows(page, /^kept/m)
  expect(stage.errors()).toEqual([])
})

for (const [program, fits, shown, end] of [
  ['vi server.ts', /createServer[\s\S]*server\.ts/, 1, ':q!\n'],
  ['htop', /Tasks[\s\S]*F1\s*Help/, 0, 'q'],
] as const) {
  test(`${program} is redrawn after a reload, and gives the screen back at its end`, async context => {
    needsProgram(context, program.split(' ')[0]!)
    await open()
    await enter(page, 'clear; echo before-$((1 + 1))')
    await shows(page, /before-2/)
    await enter(page, program)
    await shows(page, fits)
    const cursors = () => client(page).locator('.xterm-cursor').count()
    await expect.poll(cursors).toBe(shown)
    await reload(page)
    await shows(page, fits)
    await expect.poll(cursors).toBe(shown)
    await type(page, end)
    await isIdle(page)
    await shows(page, /before-2/)
    // Nothing that the terminal answered while it was drawn has been typed into the shell.
    await enter(page, 'echo after-$((1 + 1))')
    await shows(page, /\$ echo after-\$\(\(1 \+ 1\)\)\n+after-2/)
  })
}

test('yes leaves the page responsive, Ctrl-C ends it at once, and the memory of the page stays', async () => {
  await open()
  await page.evaluate(() => {
    const longest = { milliseconds: 0 }
    Object.assign(window, { longest })
    new PerformanceObserver(list => {
      for (const { duration } of list.getEntries())
        longest.milliseconds = Math.max(longest.milliseconds, duration)
    }).observe({ entryTypes: ['longtask'] })
  })
  await enter(page, 'yes')
  await shows(page, /y\ny\ny/)
  const heap = () =>
    page.evaluate(
      () => (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize,
    )
  const before = await heap()
  // The page is used meanwhile: its other terminal answers.
  const other = page.locator('[data-pane="server-1"]')
  await other.locator('.xterm-helper-textarea').focus()
  for (let turn = 0; turn < 20; turn++) {
    await page.keyboard.type(`echo turn-$((${turn} + 1))\n`)
    await expect.poll(() => screen(other)).toContain(`turn-${turn + 1}`)
  }
  await type(page, '')
  await page.keyboard.press('Control+c')
  await isIdle(page)
  // 5000 lines of scrollback, and what a second of parsing leaves behind before it is collected.
  expect((await heap()) - before).toBeLessThan(100 * 1024 * 1024)
})

test('a network that is lost without a word: found out, and nothing typed or printed is lost or doubled', async () => {
  /** In the order in which the page opened them. */
  const sockets: { url: string; dead: boolean }[] = []
  await page.context().routeWebSocket(/\/api\/panes\//, route => {
    const server = route.connectToServer()
    const socket = { url: route.url(), dead: false }
    sockets.push(socket)
    route.onMessage(message => void (socket.dead || server.send(message)))
    server.onMessage(message => void (socket.dead || route.send(message)))
  })
  // Each terminal finds out for itself.
  const opened = () => sockets.filter(({ url }) => url.endsWith('/client')).length
  await open()
  await enter(page, 'clear; for i in $(seq 1 2000); do echo line $i; done; read answer; echo got-$answer')
  await shows(page, /line 2000/)
  const before = opened()
  for (const socket of sockets) socket.dead = true
  await type(page, 'abc')
  await page.evaluate(() => dispatchEvent(new Event('online')))
  await expect.poll(opened).toBeGreaterThan(before)
  await expect.poll(() => client(page).getAttribute('data-link')).toBe('connected')
  await type(page, 'def\n')
  await shows(page, /got-abcdef/)
})

test('two tabs show one shell; the one that is typed in has its size', async () => {
  await page.setViewportSize({ width: 1900, height: 1300 })
  await open()
  const second = await page.context().newPage()
  await second.setViewportSize({ width: 1440, height: 900 })
  await open(second)
  let asked = 0
  const size = async (in_: Page) => {
    asked++
    await enter(in_, `clear; stty size; echo done-$((${asked} + 0))`)
    await shows(in_, new RegExp(`done-${asked}`))
    return /^(\d+) (\d+)/m.exec(await screen(client(in_)))?.[0]
  }
  const small = await size(second)
  await shows(page, new RegExp(`^${small}`, 'm'))
  await page.bringToFront()
  const large = await size(page)
  expect(large).not.toBe(small)
  await shows(second, new RegExp(`^${large}`, 'm'))
})

test('a shell that has ended says how, and a new one is one click away', async () => {
  await open()
  await enter(page, 'exit 7')
  await client(page).getByText('The shell has ended with status 7.').waitFor()
  await reload(page)
  await client(page).getByText('The shell has ended with status 7.').waitFor()
  await client(page).getByRole('button', { name: 'Start a new shell' }).click()
  await isIdle(page)
  await enter(page, 'echo new-$((1 + 1))')
  await shows(page, /new-2/)
})

test('Start over leaves the old shells, though their sockets hear of it late', async () => {
  await page.context().routeWebSocket(/\/api\/panes\//, route => {
    // What the server says at the end stays on its way.
    route.connectToServer().onClose(() => {})
  })
  await open()
  await enter(page, 'clear; mine=old; echo set-$((1 + 1))')
  await shows(page, /set-2/)
  await startOver(page)
  await enter(page, 'echo mine=$mine.')
  await shows(page, /^mine=\.$/m)
})

test('the server is started again: files stay, and the page says that its shell is gone', async () => {
  await open()
  await enter(page, 'echo edited-$((1 + 1)) > mine.txt; echo written-$((1 + 1))')
  await shows(page, /written-2/)
  stage.docs = await stage.docs.restart()
  await client(page).getByText('The shell that was here is gone').waitFor()
  await isIdle(page)
  await enter(page, 'clear; cat mine.txt')
  await shows(page, /edited-2/)
  await client(page).getByRole('button', { name: 'Close' }).click()
  await expect.poll(() => client(page).getByText('The shell that was here is gone').count()).toBe(0)
})
