import { mkdir } from 'node:fs/promises'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { beforeEach, expect, test } from 'vitest'
import { paint, resize, startBuilt, visit } from './browser.ts'
import { useStage } from './stage.ts'

const LESSON = 'lessons/02-reuseport'

const stage = useStage(startBuilt, { programs: [] })
let page: Page
beforeEach(async () => {
  page = await stage.newPage()
  await visit(page, stage.linkTo(LESSON))
  // Each test begins with the files as they were given.
  await page.locator('[data-shell="idle"]').first().waitFor()
  await page.locator('[data-reset]').click()
  await page.locator('[data-announcement]').getByText('Started over').waitFor({ state: 'attached' })
})

const panel = () => page.locator('[data-files-panel]')
const file = (name: string) => panel().locator(`[data-file="${name}"]`)
const text = () => panel().locator('.cm-content')
const act = (what: string) => panel().locator(`[data-file-${what}]`)

async function openFiles(): Promise<void> {
  await page.locator('[data-files]').press('Enter')
  await text().waitFor()
  await expect.poll(() => file('server.ts').getAttribute('aria-current')).toBe('true')
}

/** Writes at the file's beginning. */
async function write(words: string): Promise<void> {
  await text().focus()
  await page.keyboard.press('Control+Home')
  await page.keyboard.type(words)
}

let commands = 0
/** As a program in a terminal would. Resolves with what the terminal shows when it is done. */
async function inTerminal(command: string): Promise<string> {
  const pane = page.locator('[data-pane="client"]')
  const shown = async () => (await pane.locator('.xterm-rows').textContent()) ?? ''
  const done = 1000 + commands++
  await pane.locator('textarea').focus()
  await page.keyboard.type(`${command}; echo done-$((${done}+1))\n`)
  await expect.poll(shown).toContain(`done-${done + 1}`)
  return shown()
}

async function picture(name: string): Promise<void> {
  await mkdir('test/output', { recursive: true })
  for (const colorScheme of ['light', 'dark'] as const) {
    await paint(page, colorScheme)
    await page.screenshot({ path: `test/output/files-${name}-${colorScheme}.png` })
  }
  const { violations } = await new AxeBuilder({ page })
    .include('.Files')
    // What scrolls is the editor, whose text takes the focus.
    .disableRules('scrollable-region-focusable')
    .analyze()
  expect(violations.map(({ id }) => id)).toEqual([])
}

test('the editor is loaded when it is opened; a change is dirty, saved, compared and taken back', async () => {
  const scripts: string[] = []
  page.on('response', response => void scripts.push(response.url()))
  expect(scripts.filter(url => url.includes('Files'))).toEqual([])
  await openFiles()
  expect(scripts.filter(url => url.includes('Files')).length).toBeGreaterThan(0)
  await write('// mine\n')
  expect(await file('server.ts').getAttribute('data-state')).toBe('dirty')
  await page.keyboard.press('Control+s')
  await expect.poll(() => file('server.ts').getAttribute('data-state')).toBe('changed')
  expect(await inTerminal('head -n 1 server.ts')).toContain('// mine')
  await act('difference').press('Enter')
  await panel().locator('.cm-changedLine').first().waitFor()
  await picture('difference')
  await act('reset').press('Enter')
  await expect.poll(() => text().textContent()).not.toContain('// mine')
  await text().focus()
  await page.keyboard.press('Control+z')
  await expect.poll(() => text().textContent()).toContain('// mine')
})

test('what a terminal has written meanwhile is not replaced: both versions are offered', async () => {
  await openFiles()
  await write('// mine\n')
  await inTerminal('echo "// theirs" >> server.ts')
  await act('save').press('Enter')
  await act('conflict').waitFor()
  await panel().locator('.cm-changedLine').first().waitFor()
  await picture('conflict')
  await act('theirs').press('Enter')
  await act('conflict').waitFor({ state: 'detached' })
  await expect.poll(() => text().textContent()).toContain('// theirs')
  expect(await text().textContent()).not.toContain('// mine')

  await write('// again\n')
  await inTerminal('echo "// more" >> server.ts')
  await act('save').press('Enter')
  await act('mine').press('Enter')
  await act('conflict').waitFor({ state: 'detached' })
  expect(await inTerminal('head -n 1 server.ts')).toContain('// again')
})

/** Into the field that asks for one, once it has the focus. */
async function name(text: string): Promise<void> {
  const field = panel().locator('[data-file-name]')
  await expect.poll(() => field.evaluate(element => element === document.activeElement)).toBe(true)
  await page.keyboard.type(`${text}\n`)
}

test('what is asked for while a save is under way is done after it', async () => {
  const held = Promise.withResolvers<() => void>()
  // From the beginning: what is under way when it comes may never arrive.
  await page.route('**/api/files/**', route => {
    if (route.request().postDataJSON().text === 'print(1)\n') held.resolve(() => void route.continue())
    else void route.continue()
  })
  await openFiles()
  await act('new').press('Enter')
  await name('slow.py')
  await expect.poll(() => file('slow.py').getAttribute('aria-current')).toBe('true')
  await write('print(1)\n')
  await page.keyboard.press('Control+s')
  const letGo = await held.promise
  await act('rename').press('Enter')
  await name('renamed.py')
  letGo()
  await expect.poll(() => file('renamed.py').getAttribute('aria-current')).toBe('true')
  expect(await text().textContent()).toContain('print(1)')
  expect(await inTerminal('cat renamed.py')).toContain('print(1)')
})

test('a new file, another name, deleted and back; all scripts as they were', async () => {
  await openFiles()
  await act('new').press('Enter')
  await name('mine.py')
  await expect.poll(() => file('mine.py').getAttribute('aria-current')).toBe('true')
  await write('print(1)\n')
  await page.keyboard.press('Control+s')
  await act('rename').press('Enter')
  await name('yours.py')
  await expect.poll(() => file('yours.py').getAttribute('aria-current')).toBe('true')
  expect(await file('mine.py').count()).toBe(0)
  await act('remove').press('Enter')
  await file('yours.py').waitFor({ state: 'detached' })
  await act('undo').getByRole('button').press('Enter')
  await file('yours.py').press('Enter')
  await expect.poll(() => text().textContent()).toContain('print(1)')

  await act('new').press('Enter')
  await name('../out.ts')
  await panel().getByRole('alert').getByText('in the workspace').waitFor()

  await inTerminal('echo "// changed" >> client.ts')
  await text().focus()
  await act('reset-all').press('Enter')
  await expect.poll(() => file('client.ts').getAttribute('data-state')).toBe('same')
  await act('undo').getByRole('button').press('Enter')
  await expect.poll(() => file('client.ts').getAttribute('data-state')).toBe('changed')
  await picture('list')
})

test('in a low window the files leave the terminals whole, and give the picture its room back', async () => {
  await resize(page, { width: 1024, height: 768 })
  const picture = page.locator('[data-dock]')
  await expect.poll(() => picture.getAttribute('data-place')).toBe('open')
  await openFiles()
  await expect.poll(() => picture.getAttribute('data-place')).toBe('line')
  const panes = (await page.locator('#workbench-panes').boundingBox())!
  for (const pane of await page.locator('[data-pane]').all()) {
    const { y, height } = (await pane.boundingBox())!
    expect(y + height).toBeLessThanOrEqual(panes.y + panes.height + 1)
  }
  await panel().locator('[data-files-close]').press('Enter')
  await expect.poll(() => picture.getAttribute('data-place')).toBe('open')
})

test('where a script has failed is marked on its line, until it changes or runs well', async () => {
  const mark = panel().locator('[data-fault]')
  await inTerminal(`sed -i "1i throw new RangeError('mend me')" client.ts; node client.ts`)
  await openFiles()
  expect(await mark.count()).toBe(0)
  await file('client.ts').getByText('failed').waitFor()
  await file('client.ts').press('Enter')
  await expect.poll(() => mark.textContent()).toBe('RangeError: mend me')
  expect(await panel().locator('.cm-fault').textContent()).toContain('throw new RangeError')
  await picture('fault')
  await write('// mended\n')
  await mark.waitFor({ state: 'detached' })

  // Another one fails while the files are open.
  await inTerminal("printf 'import os\\nos.nothing()\\n' > mine.py; python3 mine.py")
  await file('mine.py').press('Enter')
  await expect
    .poll(() => mark.textContent())
    .toMatch(/^AttributeError: module 'os' has no attribute 'nothing'/)
  await inTerminal('echo "print(7)" > mine.py; python3 mine.py')
  await mark.waitFor({ state: 'detached' })
  await expect.poll(() => file('mine.py').getByText('failed').count()).toBe(0)
})
