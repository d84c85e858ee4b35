/** What a reader does to a page of the course: starts over, and clicks one Run button after another. */
import path from 'node:path'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { Lesson } from '../../playground/format/lesson.ts'
import type { Lang } from '../../playground/format/transcript.ts'
import { collectErrors, visit } from './browser.ts'

/** Milliseconds: a command's own time-out, and then some. */
const VERDICT_MS = 40_000

export const transcripts = (page: Page) => page.locator('[data-transcript]:visible')

/**
 * Resolves when fresh shells are there: what is typed before would be for the old ones.
 */
export async function startOver(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Start over' }).click()
  await page.locator('[data-announcement]').getByText('Started over').waitFor({ state: 'attached' })
  const panes = await page.locator('[data-pane]').count()
  const fresh = page.locator('[data-link="connected"][data-shell="idle"]')
  await fresh.nth(panes - 1).waitFor({ state: 'attached' })
}

/** Clicks the Run buttons of the first transcripts, each when the one before has its verdict. */
export async function run(page: Page, count: number, verdictMs = VERDICT_MS): Promise<void> {
  const fences = await transcripts(page).evaluateAll(all =>
    all.map(each => each.getAttribute('data-transcript')!),
  )
  await page.evaluate(clickEach, { fences: fences.slice(0, count), verdictMs })
}

/**
 * In the page: a hundred clicks from here, each with its questions, would cost more than the commands. As a reader
 * could: nothing may lie over a button.
 */
async function clickEach({ fences, verdictMs }: { fences: string[]; verdictMs: number }): Promise<void> {
  for (const fence of fences) {
    const figure = document.querySelector<HTMLElement>(`[data-transcript="${fence}"]`)!
    for (const button of figure.querySelectorAll<HTMLButtonElement>('[data-run]')) {
      button.scrollIntoView({ block: 'center', behavior: 'instant' })
      const { x, y, width, height } = button.getBoundingClientRect()
      const hit = document.elementFromPoint(x + width / 2, y + height / 2)
      if (button.disabled || !button.contains(hit)) throw new Error(`${fence}: a button cannot be clicked`)
      button.click()
      // The page shows in the same turn that it has heard of it.
      await new Promise(resolve => setTimeout(resolve))
      await until(() => figure.dataset.state !== 'running')
    }
    // Else it was refused, and says why.
    await until(() => figure.dataset.state !== 'idle' || figure.querySelector('[data-refused]') !== null)

    function until(isSo: () => boolean): Promise<void> {
      return new Promise((resolve, reject) => {
        const observer = new MutationObserver(look)
        const timer = setTimeout(() => {
          observer.disconnect()
          reject(new Error(`${fence}: ${figure.dataset.state} for ${verdictMs} ms`))
        }, verdictMs)
        observer.observe(figure, { subtree: true, childList: true, attributeFilter: ['data-state'] })
        look()
        function look() {
          if (!isSo()) return
          observer.disconnect()
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }
}

/**
 * Clicks a whole lesson in one of its languages, in a page that has nothing open: every command is as expected, and
 * every check passes.
 *
 * @param link the page's address with the server's key
 * @param file its Markdown
 */
export async function clickThrough(
  page: Page,
  link: string,
  file: string,
  lesson: Lesson,
  lang: Lang,
): Promise<void> {
  const errors = collectErrors(page)
  await visit(page, link)
  await page.locator(`[data-lang-choice="${lang}"]`).click()
  await page.locator('[data-shell="idle"]').first().waitFor()
  await startOver(page)
  // A solution stands in one that is closed, and its check below it.
  await page.locator('details').evaluateAll(all => {
    for (const details of all) details.setAttribute('open', '')
  })
  const slowest = Math.max(...lesson.transcripts.map(({ timeout }) => timeout))
  const count = await transcripts(page).count()
  expect(count).toBeGreaterThan(10)
  await run(page, count, slowest * 1000 + VERDICT_MS / 2)
  const failed = page.locator('[data-transcript]:visible:not([data-state="passed"])')
  const texts = await failed.evaluateAll(all =>
    all.map(each => [each.getAttribute('data-transcript'), each.textContent]),
  )
  const lines = new Map(lesson.transcripts.map(({ id, line }) => [id, line]))
  expect(texts.map(([id, text]) => `${path.relative('.', file)}:${lines.get(id!)} ${text}`)).toEqual([])
  expect(await page.locator('[data-check]:visible').count()).toBeGreaterThanOrEqual(2)
  const left = page.locator('[data-check]:visible:not([data-state="passed"])')
  await left.first().waitFor({ state: 'detached' })
  expect(errors).toEqual([])
}
