/** The playground, from a link to the last button: what it shows is what the kernel says. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { paint, reload, seriousIn, startBuilt, visit } from './browser.ts'
import { useStage } from './stage.ts'

const stage = useStage(startBuilt, { programs: ['ss'] })
let page: Page

const world = (name = 'world-a') => page.locator(`[data-world="${name}"]`)
/** What a terminal shows. Out of sight it draws nothing. */
async function shownIn(name: string): Promise<string> {
  const rows = page.locator(`[data-pane="${name}"] .xterm-rows`).first()
  await rows.scrollIntoViewIfNeeded()
  return (await rows.locator('> div').allTextContents()).map(line => line.trimEnd()).join('\n')
}
const workers = () => world().locator('[data-worker]')

async function open(query: string): Promise<void> {
  page = await stage.open(`playground${query}`)
  await isRunning()
}

async function isRunning(name?: string): Promise<void> {
  await expect.poll(() => world(name).getAttribute('data-state'), { timeout: 30_000 }).toBe('running')
}

test('a link is a scene; on its picture a worker is stopped, continued and killed', async () => {
  await open('?scene=own&workers=3&rate=50')
  await expect.poll(() => workers().count()).toBe(3)
  const pid = await workers().first().getAttribute('data-worker')
  const hand = (act: string) => world().locator(`[data-worker="${pid}"] [data-act="${act}"]`)
  await hand('stop').click()
  await expect.poll(() => shownIn('tools')).toContain(`kill -STOP ${pid}`)
  await expect.poll(() => world().locator(`[data-worker="${pid}"]`).textContent()).toContain('stopped')
  await hand('continue').click()
  await expect.poll(() => hand('stop').count()).toBe(1)
  await hand('kill').click()
  await expect.poll(() => workers().count()).toBe(2)
  // The kernel's word for it.
  await page.locator('[data-pane="tools"] .xterm-screen').first().click()
  await page.keyboard.type('ss -ltnH sport = :8080 | wc -l\n')
  await expect.poll(() => shownIn('tools')).toMatch(/^2$/m)
  await world().locator('[data-act="add"]').click()
  await expect.poll(() => workers().count()).toBe(3)
})

test('of many workers each has a lane, and its letter stands on no other', async () => {
  await open('?scene=own&workers=16&rate=50')
  const names = world().locator('.Lanes .names').first().locator('.lane-name')
  await expect.poll(() => names.count(), { timeout: 20_000 }).toBe(16)
  const rows = await world()
    .locator('.Lanes')
    .evaluate(lanes => {
      const all = (parts: string) =>
        [...lanes.querySelectorAll(parts)].map(part => part.getBoundingClientRect())
      const [letters, drawn] = [all('.chip'), all('svg.lane')]
      return all('.names:first-child .lane-name').map((name, index) => ({
        name,
        letter: letters[index]!,
        lane: drawn[index]!,
      }))
    })
  for (const { name, letter, lane } of rows) {
    expect(letter.top).toBeGreaterThanOrEqual(name.top)
    expect(letter.bottom).toBeLessThanOrEqual(name.bottom)
    expect(lane.top).toBeCloseTo(name.top, 0)
  }
})

test('a slider is a command; what it says is what comes', async () => {
  await open('?scene=own&rate=50&work=0')
  const rate = async () => Number(await world().locator('[data-figure="rate"]').textContent())
  await expect.poll(rate, { timeout: 20_000 }).toBeGreaterThan(25)
  await page.locator('input[data-act="rate"]').fill('200')
  await expect.poll(() => shownIn('tools')).toContain('echo 200 > load/rate')
  await expect.poll(rate, { timeout: 30_000 }).toBeGreaterThan(100)
})

test('a program that steers goes with its last listener; its switch says so', async () => {
  await open('?scene=steered&workers=2&rate=20')
  const steer = page.locator('[data-act="steer"]')
  await expect.poll(() => steer.isChecked()).toBe(true)
  for (const left of [1, 0]) {
    await world().locator('[data-act="kill"]').first().press('Enter')
    await expect.poll(() => world().locator('[data-act="kill"]').count()).toBe(left)
    await expect.poll(() => steer.isChecked()).toBe(left > 0)
  }
})

test('two worlds, one stalled in both: behind one listener nobody waits for it', async () => {
  await open('?scene=stalled&model=shared&rate=50')
  await page.locator('[data-act="double"]').click()
  await isRunning('world-b')
  const queues = (name: string) => world(name).locator('.queue b').allInnerTexts()
  await expect.poll(async () => (await queues('world-b')).length).toBe(4)
  expect(await queues('world-a')).toHaveLength(1)
  await expect.poll(async () => Math.max(...(await queues('world-b')).map(Number))).toBeGreaterThan(5)
})

test('a reload finds the scene as it was left; when its sandbox ends that is said, and starting over helps', async () => {
  await open('?scene=own&workers=2&rate=0')
  await expect.poll(() => workers().count()).toBe(2)
  await world().locator('[data-act="kill"]').first().click()
  await expect.poll(() => workers().count()).toBe(1)
  const left = await workers().first().getAttribute('data-worker')
  await reload(page)
  await isRunning()
  await expect.poll(() => workers().count()).toBe(1)
  expect(await workers().first().getAttribute('data-worker')).toBe(left)
  await expect.poll(() => shownIn('tools')).toContain('kill -KILL')
  await page.locator('[data-pane="tools"] .xterm-screen').first().click()
  await page.keyboard.type('kill -KILL -1\n')
  await expect.poll(() => world().getAttribute('data-state')).toBe('ended')
  expect(await world().locator('.problem').textContent()).toContain('Start over')
  for (const anew of ['.Pane >> text="Try again"', '[data-act="start"]']) {
    await page.locator(anew).first().press('Enter')
    await isRunning()
    await expect.poll(() => workers().count()).toBe(2)
  }
})

test('what is done in one tab is seen in another', async () => {
  await open('?scene=own&workers=2&rate=0')
  await expect.poll(() => workers().count()).toBe(2)
  const first = page
  page = await first.context().newPage()
  await visit(page, stage.linkTo('playground'))
  await isRunning()
  await world().locator('[data-act="stop"]').first().press('Enter')
  await expect.poll(() => first.locator('[data-act="continue"]').count()).toBe(1)
  await page.locator('[data-choose="taken"]').press('Enter')
  await isRunning()
  await expect.poll(() => first.locator('h1').textContent()).toBe('A port that is taken')
  expect(new URL(first.url()).search).toBe('?scene=taken')
  await expect.poll(() => first.locator('[data-world]').getAttribute('data-state')).toBe('running')
})

test('who comes back finds both sides, and the load and the switches as they are', async () => {
  await open('?scene=own&workers=2&rate=0')
  const rate = () => page.locator('input[data-act="rate"]').inputValue()
  const backlog = page.locator('[data-act="backlog"]')
  await page.locator('[data-pane="tools"] .xterm-screen').first().click()
  await page.keyboard.type('echo 7 > load/rate; sysctl -w net.core.somaxconn=8\n')
  await expect.poll(rate).toBe('7')
  await expect.poll(() => backlog.isChecked()).toBe(true)
  await page.locator('input[data-act="work"]').fill('3')
  await expect.poll(() => shownIn('tools')).toContain('echo 3 > load/work')
  await page.locator('[data-act="double"]').press('Enter')
  await isRunning('world-b')
  const model = world('world-b').locator('select')
  await expect.poll(() => world('world-b').locator('[data-worker]').count()).toBe(2)
  await world('world-b').locator('[data-act="stop"]').first().press('Enter')
  const stopped = () => world('world-b').locator('[data-act="continue"]').count()
  await expect.poll(stopped).toBe(1)

  for (const back of [() => reload(page), away]) {
    await back()
    await isRunning()
    await isRunning('world-b')
    await expect.poll(rate).toBe('7')
    // The report that tells of the one may be older than the other.
    await expect.poll(() => page.locator('input[data-act="work"]').inputValue()).toBe('3')
    await expect.poll(() => backlog.isChecked()).toBe(true)
    expect(await model.inputValue()).toBe('supervised')
    await expect.poll(stopped).toBe(1)
  }

  await page.locator('[data-act="double"]').press('Enter')
  await world('world-b').waitFor({ state: 'detached' })
  await reload(page)
  await isRunning()
  await expect.poll(rate).toBe('7')
  expect(await world('world-b').count()).toBe(0)
})

/** To another page of the site, and back by the browser's own button. */
async function away(): Promise<void> {
  await page.locator('.VPNavBarMenu a', { hasText: 'Words' }).click()
  await page.waitForURL('**/words')
  await page.goBack()
}

test('the answer comes on demand, with something to do; the next scene is one click', async () => {
  await open('?scene=one&work=1&rate=20')
  expect(await page.locator('.answer').count()).toBe(0)
  await page.locator('[data-act="answer"]').press('Enter')
  expect(await page.locator('.answer').textContent()).toContain('“+ worker”')
  await page.locator('[data-act="next"]').press('Enter')
  expect(await page.locator('h1').evaluate(title => title === document.activeElement)).toBe(true)
  await expect.poll(() => new URL(page.url()).search).toBe('?scene=taken')
  await isRunning()
  expect(await page.locator('.answer').count()).toBe(0)
})

test('by keyboard the focus stays where one works, and gets past a terminal', async () => {
  await open('?scene=own&workers=3&rate=20')
  const focused = (selector: string) =>
    expect.poll(() => page.evaluate(each => document.activeElement?.matches(each), selector)).toBe(true)
  await world().locator('[data-act="stop"]').nth(1).press('Enter')
  await focused('[data-act="continue"]')
  await page.keyboard.press('Enter')
  await focused('[data-act="stop"]')
  for (const left of [2, 1, 0]) {
    await world().locator('[data-act="kill"]').first().press('Enter')
    await expect.poll(() => world().locator('[data-act="kill"]').count()).toBe(left)
    await focused(`[data-act="${left > 0 ? 'kill' : 'add'}"]`)
  }
  const rate = page.locator('input[data-act="rate"]')
  await rate.press('ArrowRight')
  expect(await rate.evaluate(input => getComputedStyle(input).outlineStyle)).toBe('solid')

  await page.locator('[data-pane="server"] .xterm-helper-textarea').focus()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await focused('[data-pane="server"] .name')
  await page.keyboard.press('Tab')
  await focused('[data-pane="load"] .name')
  await page.keyboard.press('Shift+Tab')
  await focused('[data-pane="server"] .xterm-helper-textarea')
})

test('a terminal of one’s own is added, named and closed, by keyboard', async () => {
  await open('?scene=own&workers=2&rate=0')
  const pane = (name: string) => page.locator(`[data-pane="${name}"]`)
  const act = (name: string) => page.locator(`.terminals [data-act="${name}"]`)
  await act('add-shell').press('Enter')
  const field = page.locator('[data-shell-name]')
  await expect.poll(() => field.evaluate(element => element === document.activeElement)).toBe(true)
  await page.keyboard.type('server')
  expect(await page.getByRole('button', { name: 'Add', exact: true }).isDisabled()).toBe(true)
  await field.fill('mine')
  await field.press('Enter')
  await expect.poll(() => pane('mine').getAttribute('data-shell')).toBe('idle')
  await pane('mine').locator('.xterm-helper-textarea').focus()
  await page.keyboard.type('echo $((6 * 7)) here\n')
  await expect.poll(() => shownIn('mine')).toContain('42 here')
  await pane('mine').locator('[data-act="close-shell"]').press('Enter')
  await pane('mine').waitFor({ state: 'detached' })
  const isBack = () => act('add-shell').evaluate(button => button === document.activeElement)
  expect(await isBack()).toBe(true)
  await act('add-shell').press('Enter')
  await field.fill('mine')
  await field.press('Enter')
  await expect.poll(() => pane('mine').getAttribute('data-shell')).toBe('idle')
  expect(await shownIn('mine')).not.toContain('42 here')
  await act('add-shell').press('Enter')
  await field.press('Escape')
  expect(await isBack()).toBe(true)
  expect(await pane('server').locator('[data-act="close-shell"]').count()).toBe(0)
})

test('what a link cannot ask for is said, and its nearest is done', async () => {
  await open('?scene=nowhere&workers=99&rate=0')
  const notes = await page.locator('.Playground .note[role="status"]').allInnerTexts()
  expect(notes.join(' ')).toContain('There is no scene “nowhere”')
  expect(notes.join(' ')).toContain('workers goes from 1 to 16; it is 16.')
  await expect.poll(() => workers().count()).toBe(16)
  await page.locator('[data-choose="one"]').click()
  await expect.poll(() => new URL(page.url()).search).toBe('?scene=one')
  await isRunning()
  await expect.poll(() => workers().count()).toBe(1)
})

test.each(['light', 'dark'] as const)('nothing serious for axe: %s', async colors => {
  await open('?scene=cluster&rate=20')
  await paint(page, colors)
  expect(await seriousIn(page)).toEqual([])
})
