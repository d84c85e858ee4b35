/**
 * Before all tests in a browser, for servers of one checkout share what they serve. The site is built: most tests
 * look at it, for it loads in half the time of the sources. And the first page of a server in development has
 * Vite prepare its dependencies, which two at once would write to the same files.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { findProgram } from '../needs.ts'
import { launch, startDev, visit } from './browser.ts'

export default async function prepare(): Promise<void> {
  // Each project asks for it.
  if (process.env.PLAYGROUND_PREPARED || !findProgram('chromium')) return
  process.env.PLAYGROUND_PREPARED = 'yes'
  await promisify(execFile)(process.execPath, ['playground/start.mjs', 'vitepress/dist/node/cli.js', 'build'])
  const docs = await startDev()
  const browser = await launch()
  try {
    const page = await browser.newPage()
    await visit(page, docs.link.replace('/#', '/lessons/01-bind-conflict#'))
    await page.locator('[data-transcript] [data-run]').first().waitFor()
  } finally {
    await browser.close()
    await docs.close()
  }
}
