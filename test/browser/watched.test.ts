/** What `verify --watch` finds, on the page that is open in development. */
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterEach, expect, test } from 'vitest'
import { needsProgram, needsSandbox } from '../harness/needs.ts'
import { useHome } from '../harness/running.ts'
import { launch, type Running, startDev, visit } from './browser.ts'

const root = join(import.meta.dirname, '../..')
const home = useHome()
let docs: Running | undefined
let browser: Browser | undefined

afterEach(async () => {
  await browser?.close()
  await docs?.close()
})

/** The page of ours that is open is asked for by its name alone: no site has to be made of another folder. */
const SLUG = '01-bind-conflict'
const page = (printed: string, words = '') =>
  `---\ntitle: A\ndescription: A.\n---\n\n# A\n\n\`\`\`console ${words}\n$ echo one\n${printed}\n\`\`\`\n\n\`\`\`console\n$ echo two\ntwo\n\`\`\`\n`

test('passed, failed with line and difference, mistakes; gone with the watch, however it ends', async context => {
  needsProgram(context, 'chromium')
  await needsSandbox(context)
  const folder = join(home.folder, 'mine')
  const save = (text: string) => writeFileSync(join(folder, `${SLUG}.md`), text)
  mkdirSync(folder)
  save(page('one'))
  docs = await startDev()
  browser = await launch()
  const tab = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  tab.setDefaultTimeout(120_000)
  await visit(tab, docs.link.replace('/#', `/lessons/${SLUG}#`))
  const box = tab.locator('[data-watched]')
  const is = (state: string) => tab.locator(`[data-watched][data-state="${state}"]`).waitFor()
  expect(await box.count()).toBe(0)

  const watch = () => home.run(root, './authoring/verify.ts', '--watch', 'mine')
  const first = watch()
  await is('passed')
  expect(await box.textContent()).toMatch(/^verify --watch ✓ 2 passed$/)
  expect(
    await tab.locator('[data-watched] *').evaluateAll(all => all.every(each => each.checkVisibility())),
  ).toBe(true)

  save(page('won'))
  await is('failed')
  expect(await box.textContent()).toMatch(/✗ 1 passed, 1 failed\s*line 10: expected won, got one/)
  expect(await box.locator('td.differs').allTextContents()).toEqual(['−won', '+one'])
  expect(await box.getByRole('link', { name: 'line 10' }).getAttribute('href')).toMatch(/^#run-/)

  save(page('one', 'pain=x'))
  await expect
    .poll(() => box.textContent())
    .toMatch(/nothing has run\s*01-bind-conflict\.md:8: unknown word `pain=x`; /)
  save(page('one'))
  await is('passed')

  first.child.kill('SIGINT')
  await box.waitFor({ state: 'detached' })
  expect(await first.ended).toBe(130)

  const second = watch()
  await is('passed')
  second.child.kill('SIGKILL')
  await once(second.child, 'exit')
  await box.waitFor({ state: 'detached' })
})
