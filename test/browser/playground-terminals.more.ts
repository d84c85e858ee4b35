/** Beside a scene: scripts of the course, files, and what is taken along. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { paint, seriousIn, startBuilt } from './browser.ts'
import { useStage } from './stage.ts'
import { screen } from './typing.ts'

const stage = useStage(startBuilt, { programs: ['ss'] })
let page: Page

const act = (name: string) => page.locator(`.terminals [data-act="${name}"]`)
const pane = (name: string) => page.locator(`[data-pane="${name}"]`)

/** At rest: what moves in the picture is not what is tested. */
async function open(): Promise<void> {
  page = await stage.open('playground?scene=own&workers=2&rate=0', { reducedMotion: 'reduce' })
  const state = () => page.locator('[data-world="world-a"]').getAttribute('data-state')
  await expect.poll(state).toBe('running')
}

/** What a terminal shows. Out of sight it draws nothing. */
async function shownIn(name: string): Promise<string> {
  await pane(name).scrollIntoViewIfNeeded()
  return screen(pane(name))
}

async function enter(name: string, command: string): Promise<void> {
  await expect.poll(() => pane(name).getAttribute('data-shell')).toBe('idle')
  await pane(name).locator('.xterm-helper-textarea').focus()
  await page.keyboard.type(`${command}\n`)
}

test('a script of the course is copied with its command, changed in the editor, and runs as changed', async () => {
  await open()
  await act('copy-script').press('Enter')
  await page.locator('[data-script]').selectOption('06-distribution/own.ts')
  await act('copy').press('Enter')
  await expect.poll(() => shownIn('tools')).toMatch(/cp \S+06-distribution/)
  await page.locator('.terminals [data-files]').press('Enter')
  const text = page.locator('.cm-content')
  await text.waitFor()
  await page.locator('[data-file="06-distribution/own.ts"]').waitFor()

  await page.locator('[data-file="one.ts"]').press('Enter')
  await expect.poll(() => text.textContent()).toContain('One process')
  await text.focus()
  await page.keyboard.press('Control+Home')
  await page.keyboard.type("console.log('changed by hand')\n")
  await page.keyboard.press('Control+s')
  await expect.poll(() => page.locator('[data-file="one.ts"]').getAttribute('data-state')).toBe('changed')
  await enter('tools', 'clear; node one.ts --port 8081 &')
  await expect.poll(() => shownIn('tools')).toContain('changed by hand')
})

test('what was done is there as fences, and the scene as an archive', async () => {
  await open()
  await page.locator('[data-world="world-a"] [data-act="add"]').click()
  await enter('tools', 'echo typed by hand')
  await expect.poll(() => shownIn('tools')).toMatch(/^typed by hand$/m)
  await act('done').press('Enter')
  const done = page.locator('[data-done]')
  await expect.poll(() => done.textContent()).toContain('$ echo typed by hand\ntyped by hand\n')
  expect(await done.textContent()).toContain(
    '```console pane=server running order=any\n$ node own.ts --workers 2\n',
  )
  for (const colors of ['light', 'dark'] as const) {
    await paint(page, colors)
    expect(await seriousIn(page, '.terminals')).toEqual([])
  }
  const [download] = await Promise.all([page.waitForEvent('download'), act('take').press('Enter')])
  expect(download.suggestedFilename()).toBe('own.tar.gz')
  const folder = mkdtempSync(path.join(os.tmpdir(), 'playground-test-'))
  try {
    execFileSync('tar', ['-xzf', await download.path(), '-C', folder])
    expect(readdirSync(path.join(folder, 'own'))).toEqual(
      expect.arrayContaining(['README.md', 'own.ts', 'load.ts']),
    )
    expect(readFileSync(path.join(folder, 'own/README.md'), 'utf8')).toContain('node own.ts --workers 2')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
