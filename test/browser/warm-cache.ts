/**
 * A first page, before all tests: the servers of a checkout share what Vite has prepared for it, which the first one
 * writes. Two at once would write the same files.
 */
import { findProgram } from '../needs.ts'
import { launch, startDocs } from './browser.ts'

export default async function warmCache(): Promise<void> {
  if (!findProgram('chromium')) return
  const docs = await startDocs()
  const browser = await launch()
  try {
    const page = await browser.newPage()
    await page.goto(docs.link.replace('/#', '/lessons/01-bind-conflict#'))
    await page.locator('[data-transcript] [data-run]').first().waitFor()
  } finally {
    await browser.close()
    await docs.close()
  }
}
