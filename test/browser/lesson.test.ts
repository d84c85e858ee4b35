import { mkdir } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { beforeEach, expect, test } from 'vitest'
import { readLesson } from '../../playground/course/pages.ts'
import { needsProgram } from '../harness/needs.ts'
import { reload, startBuilt, visit } from './browser.ts'
import { predictAll, run, startOver } from './clicks.ts'
import { useStage } from './stage.ts'

const LESSON = 'lessons/01-bind-conflict'

const stage = useStage(startBuilt, { programs: ['strace', 'ss'] })
let page: Page

beforeEach(async () => {
  page = await stage.open(LESSON, { permissions: ['clipboard-read', 'clipboard-write'] })
})

const pane = (name: string) => page.locator(`[data-pane="${name}"]`)
const ready = (name: string) => pane(name).locator('.xterm-rows').getByText('$').first().waitFor()

test('the key leaves the address, and stays in the browser alone', async () => {
  await ready('server-1')
  expect(page.url()).toBe(`${stage.docs.origin}${LESSON}`)
  expect(await page.context().cookies()).toEqual([])
  await reload(page)
  await ready('server-1')
})

test('without the key the page is readable and the workbench says what to do', async () => {
  const stranger = await stage.open(LESSON, { key: false })
  await stranger.locator('.Workbench').getByText('Open the link that').waitFor()
  expect(await stranger.locator('[data-transcript]').first().isVisible()).toBe(true)
})

test.each([
  ['on a wide page, where the panes are in sight', 1440, true],
  ['on a narrow page, where they are not', 390, false],
])('xterm %s', async (_, width, expected) => {
  const small = await stage.newPage({ viewport: { width, height: 844 } })
  let loaded = false
  small.on('request', request => {
    // The module that draws with it.
    loaded ||= /\/screen\b/.test(request.url())
  })
  await visit(small, stage.linkTo(LESSON))
  await small.locator('[data-transcript]').first().waitFor()
  if (expected) await expect.poll(() => loaded).toBe(true)
  await small.waitForLoadState('networkidle')
  expect(loaded).toBe(expected)
})

test('nothing is asked of the server before the page is that of its own', async () => {
  const slow = await stage.newPage()
  const asked: string[] = []
  slow.on('request', request => {
    if (request.url().includes('/api/')) asked.push(request.url())
  })
  const { promise: heldBack, resolve } = Promise.withResolvers<void>()
  await slow.route('**/assets/lessons_*.js', async route => {
    await heldBack
    await route.continue()
  })
  await slow.goto(stage.linkTo(LESSON), { waitUntil: 'commit' })
  // The key is taken when the theme is there; what it asked for then comes before this answer.
  await slow.waitForURL(stage.docs.origin + LESSON)
  await slow.evaluate(() => fetch('/api/health'))
  expect(asked).toHaveLength(1)
  resolve()
  await slow.locator('[data-pane="server-1"] .xterm-rows').getByText('$').first().waitFor()
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
  await expect.poll(() => pane('client').getAttribute('data-shell')).toBe('idle')
  // A program that says so has the terminal: a Ctrl-C between the shell and its program is lost.
  await page.keyboard.type('(echo asleep-$((1 + 1)); sleep 600)')
  await page.keyboard.press('Enter')
  await rows.getByText('asleep-2').waitFor()
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
  await startOver(page)
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
  await expect.poll(() => transcript.getAttribute('data-state')).toBe('passed')
})

test('what differs is shown beside what was expected', async () => {
  await ready('client')
  await startOver(page)
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
  await expect.poll(() => transcript.getAttribute('data-state')).toBe('failed')
  await transcript.getByText('EADDRINUSE').first().waitFor()
  // The difference says what was expected: once is enough.
  expect(await transcript.locator('.Printout').count()).toBe(0)
})

test('Copy takes the command alone', async () => {
  const lesson = await readLesson(`docs/${LESSON}.md`)
  const { id, commands } = lesson.transcripts.find(
    ({ lang, commands }) => !lang && commands[0]?.kind === 'shell',
  )!
  await page.locator(`[data-transcript="${id}"] [data-copy]`).first().click()
  await expect.poll(() => page.evaluate('navigator.clipboard.readText()')).toBe(commands[0]!.input.join('\n'))
})

test('the picture in the README: a prediction, its run and the verdict, beside the terminals', async () => {
  const page = await stage.open('lessons/02-reuseport', {
    viewport: { width: 1280, height: 800 },
    deviceScaleFactor: 2,
  })
  await page.locator('[data-shell="idle"]').first().waitFor()
  await startOver(page)
  await predictAll(page)
  const question = page.locator('[data-predict]:visible').first()
  await run(page, 3)
  await expect.poll(() => question.getAttribute('data-shown')).toBe('true')
  await page.locator('[data-dock] .percent').first().waitFor()
  await question.evaluate(element => element.scrollIntoView({ block: 'start', behavior: 'instant' }))
  // Make it smaller: 128 colours are enough.
  const folder = process.env.SCREENSHOT ? 'docs/public' : 'test/output'
  await mkdir(folder, { recursive: true })
  await page.screenshot({ path: `${folder}/lesson.png` })
})
