import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { ownPages, runsOf } from '../../playground/verify.ts'
import { readLesson } from '../../playground/workbench.ts'
import { needsProgram, needsSandbox } from '../needs.ts'
import { collectErrors, launch, type Running, startDocs } from './browser.ts'

const LESSON = 'lessons/01-bind-conflict'
/** A command's own time-out, and then some. */
const VERDICT_MS = 40_000

let docs: Running
let browser: Browser
let page: Page
let errors: string[]

beforeAll(async () => {
  docs = await startDocs()
})
afterAll(() => docs.close())

beforeEach(async context => {
  needsProgram(context, 'chromium', 'strace', 'ss')
  await needsSandbox(context)
  browser ??= await launch()
  const fresh = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  page = await fresh.newPage()
  errors = collectErrors(page)
  await open(LESSON)
})
afterEach(async () => {
  await page?.context().close()
})
afterAll(() => browser?.close())

function open(lesson: string) {
  return page.goto(docs.link.replace('/#', `/${lesson}#`))
}

const transcripts = () => page.locator('[data-transcript]:visible')
const pane = (name: string) => page.locator(`[data-pane="${name}"]`)
const ready = (name: string) => pane(name).locator('.xterm-rows').getByText('$').first().waitFor()

/** Resolves when fresh shells have greeted the page: what is typed before would be for the old ones. */
async function startOver(): Promise<void> {
  const greeted: Promise<unknown>[] = []
  page.on('websocket', socket => {
    if (socket.url().includes('/api/panes/')) greeted.push(socket.waitForEvent('framereceived'))
  })
  await page.getByRole('button', { name: 'Start over' }).click()
  const panes = await page.locator('[data-pane]').count()
  await expect.poll(() => greeted.length).toBe(panes)
  await Promise.all(greeted)
  await expect.poll(() => page.locator('[data-shell="idle"]').count()).toBe(panes)
}

/** Clicks the Run buttons of the first transcripts, each when the one before has its verdict. */
async function run(count: number, verdictMs = VERDICT_MS): Promise<void> {
  for (let index = 0; index < count; index++) {
    const transcript = transcripts().nth(index)
    const buttons = await transcript.locator('[data-run]').count()
    for (let button = 0; button < buttons; button++) {
      await transcript.locator('[data-run]').nth(button).click()
      await expect
        .poll(() => transcript.getAttribute('data-state'), { timeout: verdictMs })
        .not.toBe('running')
    }
    await expect.poll(() => transcript.getAttribute('data-state'), { timeout: verdictMs }).not.toBe('idle')
  }
}

async function runAll(verdictMs: number): Promise<{ text: string | null; state: string | null }[]> {
  await run(await transcripts().count(), verdictMs)
  return Promise.all(
    (await transcripts().all()).map(async transcript => ({
      text: await transcript.textContent(),
      state: await transcript.getAttribute('data-state'),
    })),
  )
}

for (const file of await ownPages()) {
  const lesson = await readLesson(file)
  const slowest = Math.max(...lesson.transcripts.map(({ timeout }) => timeout))
  for (const { lang } of runsOf(file, lesson)) {
    const slug = path.basename(file, '.md')
    test(`${slug} (${lang}): every command clicked, all as expected, every check passed`, {
      timeout: 300_000,
    }, async () => {
      await open(`lessons/${slug}`)
      await page.locator(`[data-lang-choice="${lang}"]`).click()
      await page.locator('[data-shell="idle"]').first().waitFor()
      await startOver()
      // A solution stands in one that is closed, and its check below it.
      await page.locator('details').evaluateAll(all => {
        for (const details of all) details.setAttribute('open', '')
      })
      const states = await runAll(slowest * 1000 + VERDICT_MS / 2)
      expect(states.filter(({ state }) => state !== 'passed')).toEqual([])
      expect(states.length).toBeGreaterThan(10)
      const checks = page.locator('[data-check]:visible')
      expect(await checks.count()).toBeGreaterThanOrEqual(2)
      const left = page.locator('[data-check]:visible:not([data-state="passed"])')
      await expect.poll(() => left.allTextContents()).toEqual([])
      expect(errors).toEqual([])
    })
  }
}

test('the key leaves the address, and stays in the browser alone', async () => {
  await ready('server-1')
  expect(page.url()).toBe(`${docs.origin}${LESSON}`)
  expect(await page.context().cookies()).toEqual([])
  await page.reload()
  await ready('server-1')
})

test('without the key the page is readable and the panes say what to do', async () => {
  const other = await browser.newContext()
  const stranger = await other.newPage()
  await stranger.goto(`${docs.origin}${LESSON}`)
  await stranger.locator('[data-pane]').first().getByText('Open the link that').waitFor()
  expect(await stranger.locator('[data-transcript]').first().isVisible()).toBe(true)
  await other.close()
})

test.each([
  ['on a wide page, where the panes are in sight', 1440, true],
  ['on a narrow page, where they are not', 390, false],
])('xterm %s', async (_, width, expected) => {
  const other = await browser.newContext({ viewport: { width, height: 844 } })
  const small = await other.newPage()
  let loaded = false
  small.on('request', request => {
    loaded ||= request.url().includes('xterm')
  })
  await small.goto(docs.link.replace('/#', `/${LESSON}#`))
  await small.locator('[data-transcript]').first().waitFor()
  if (expected) await expect.poll(() => loaded).toBe(true)
  await small.waitForLoadState('networkidle')
  expect(loaded).toBe(expected)
  await other.close()
})

test('a shell is a shell: typing, colours, size, a program that fills the screen, Ctrl-C', async context => {
  needsProgram(context, 'vi')
  await ready('client')
  const rows = pane('client').locator('.xterm-rows')
  await pane('client').locator('.xterm').click()
  await page.keyboard.type('printf "\\\\033[31mred\\\\033[0m %s\\\\n" $((6 * 7))')
  await page.keyboard.press('Enter')
  await rows.getByText('red', { exact: true }).waitFor()
  await rows.getByText('42').first().waitFor()
  await page.keyboard.type('vi server.ts')
  await page.keyboard.press('Enter')
  await rows.getByText('~').or(rows.getByText('import')).first().waitFor()
  await page.keyboard.type(':q!')
  await page.keyboard.press('Enter')
  await page.keyboard.type('sleep 600')
  await page.keyboard.press('Enter')
  await expect.poll(() => pane('client').getAttribute('data-shell')).toBe('running')
  await page.keyboard.press('Control+c')
  await expect.poll(() => pane('client').getAttribute('data-shell')).toBe('idle')
  await page.keyboard.type('tput cols')
  await page.keyboard.press('Enter')
  const columns = async () => Number(/tput cols\s*(\d+)/.exec((await rows.textContent()) ?? '')?.[1])
  await expect.poll(columns).toBeGreaterThanOrEqual(80)
})

test('a busy pane is not typed into, until the reader says so', async () => {
  await ready('server-1')
  await startOver()
  await pane('server-1').locator('.xterm').click()
  await page.keyboard.type('sleep 600')
  await page.keyboard.press('Enter')
  await expect.poll(() => pane('server-1').getAttribute('data-shell')).toBe('running')
  const transcript = page.locator('[data-transcript]:visible', { hasText: 'server-1' }).first()
  await transcript.locator('[data-run]').first().click()
  await transcript.getByRole('button', { name: 'Cancel' }).click()
  expect(await transcript.getAttribute('data-state')).toBe('idle')
  await transcript.locator('[data-run]').first().click()
  await transcript.getByRole('button', { name: 'Interrupt and run' }).click()
  await expect.poll(() => transcript.getAttribute('data-state'), { timeout: VERDICT_MS }).toBe('passed')
})

test('what differs is shown beside what was expected', async () => {
  await ready('client')
  await startOver()
  // Somebody else has the port: what the page says of the first server is not true now.
  await pane('client').locator('.xterm').click()
  await page.keyboard.type(`node -e "require('net').createServer().listen(8080, '127.0.0.1')" &`)
  await page.keyboard.press('Enter')
  await page.keyboard.type('until ss -ltnH | grep -q 8080; do :; done; clear; echo held-$((1 + 1))')
  await page.keyboard.press('Enter')
  await pane('client').locator('.xterm-rows').getByText('held-2').waitFor()
  const transcript = page
    .locator('[data-transcript]:visible', { hasText: 'is listening on 127.0.0.1:8080' })
    .first()
  await transcript.locator('[data-run]').first().click()
  await expect.poll(() => transcript.getAttribute('data-state'), { timeout: VERDICT_MS }).toBe('failed')
  await transcript.getByText('EADDRINUSE').first().waitFor()
})

test('Copy takes the command alone', async () => {
  const lesson = await readLesson(`docs/${LESSON}.md`)
  const { id, commands } = lesson.transcripts.find(
    ({ lang, commands }) => !lang && commands[0]?.kind === 'shell',
  )!
  await page.locator(`[data-transcript="${id}"] [data-copy]`).first().click()
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe(commands[0]!.input.join('\n'))
})

test.each(['light', 'dark'] as const)('axe finds nothing serious, %s', async colorScheme => {
  await page.emulateMedia({ colorScheme })
  await ready('server-1')
  const { violations } = await new AxeBuilder({ page }).exclude('.xterm').analyze()
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([])
})

test('the picture in the README: two commands run, the second start refused', async () => {
  await ready('server-1')
  await startOver()
  const all = await transcripts().allTextContents()
  const shown = all.findIndex(text => text.includes('EADDRINUSE'))
  await run(shown + 1)
  const transcript = transcripts().nth(shown)
  expect(await transcript.getAttribute('data-state')).toBe('passed')
  await transcript.evaluate(element => element.scrollIntoView({ block: 'center' }))
  const folder = process.env.SCREENSHOT ? 'docs/public' : 'test/output'
  await mkdir(folder, { recursive: true })
  await page.screenshot({ path: `${folder}/lesson.png` })
})
