/** The site from its sources. Every server of this checkout sees that its configuration is saved: none may mind. */
import { utimes } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { afterEach, expect, test } from 'vitest'
import { needsProgram, needsSandbox } from '../harness/needs.ts'
import { collectErrors, launch, type Running, startDev, visit } from './browser.ts'
import { run, transcripts } from './clicks.ts'
import { enter, isIdle, shows } from './typing.ts'

let docs: Running | undefined
let browser: Browser | undefined

afterEach(async () => {
  await browser?.close()
  await docs?.close()
})

test('a command runs; .vitepress/config.ts is saved: the site starts anew, the shells do not', async context => {
  needsProgram(context, 'chromium')
  await needsSandbox(context)
  docs = await startDev()
  browser = await launch()
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  const errors = collectErrors(page)
  await visit(page, docs.link.replace('/#', '/lessons/01-bind-conflict#'))
  await isIdle(page)
  await run(page, 1)
  expect(await transcripts(page).first().getAttribute('data-state')).toBe('passed')
  expect(errors).toEqual([])
  await enter(page, 'clear; mine=kept-$((1 + 1)); echo typed-$((1 + 1))')
  await shows(page, /typed-2/)
  // A page that is loaded again has forgotten it.
  await page.evaluate(() => document.documentElement.setAttribute('data-old', ''))
  const now = new Date()
  const logged = docs.log().length
  await utimes('.vitepress/config.ts', now, now)
  await expect.poll(() => docs!.log().slice(logged)).toMatch(/config/)
  await page.locator('html:not([data-old])').waitFor({ state: 'attached', timeout: 60_000 })
  await isIdle(page)
  await enter(page, 'echo $mine')
  await shows(page, /kept-2/)
})
