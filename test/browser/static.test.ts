/** The pages as files on a web server that knows nothing of them: what is published. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import sirv from 'sirv'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { needsProgram } from '../harness/needs.ts'
import { collectErrors, launch, visit } from './browser.ts'

let host: Server
let origin: string
let browser: Browser | undefined

beforeAll(async () => {
  host = createServer(sirv(join(import.meta.dirname, '../../.vitepress/dist')))
  host.listen(0, '127.0.0.1')
  await once(host, 'listening')
  origin = `http://127.0.0.1:${(host.address() as AddressInfo).port}/`
})
afterAll(async () => {
  await browser?.close()
  host.close()
})

test('no request of a page fails, and it says where the terminals are', async context => {
  needsProgram(context, 'chromium')
  browser = await launch()
  const page = await browser.newPage()
  const errors = collectErrors(page)
  const failed: string[] = []
  page.on('response', response => {
    if (!response.ok()) failed.push(`${response.status()} ${response.url()}`)
  })
  for (const path of [
    '',
    'lessons/01-bind-conflict',
    'playground',
    'lessons/02-reuseport#key=of-some-other-server',
  ]) {
    await visit(page, `${origin}${path}`)
    await page.locator('[data-obstacle="static"]').first().waitFor()
    await page.waitForLoadState('networkidle')
  }
  expect(failed).toEqual([])
  expect(errors).toEqual([])
  expect(await page.locator('[data-run]').count()).toBe(0)
})
