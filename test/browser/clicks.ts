/** What a reader does to a page of the course: starts over, and clicks one Run button after another. */
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { Lang } from '../../playground/format/transcript.ts'
import { collectErrors, visit } from './browser.ts'

/** What came of one transcript or check of a page. */
export interface Outcome {
  /** The id of the transcript, or the name of the check. */
  what: string
  /** A transcript is `idle` where it was refused. */
  state: 'passed' | 'failed' | 'skipped' | 'idle' | 'running' | 'waiting' | 'broken' | 'unknown'
  /** It and what the page says of it, as it looks there; none if it has passed. */
  text: string
}

/** Milliseconds: a command's own time-out, and then some. */
const VERDICT_MS = 40_000

export const transcripts = (page: Page) => page.locator('[data-transcript]:visible')

/** Resolves when fresh shells are there: what is typed before would be for the old ones. */
export async function startOver(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Start over' }).click()
  await page.locator('[data-announcement]').getByText('Started over').waitFor({ state: 'attached' })
  const panes = await page.locator('[data-pane]').count()
  const fresh = page.locator('[data-link="connected"][data-shell="idle"]')
  await fresh.nth(panes - 1).waitFor({ state: 'attached' })
}

/**
 * Takes the first choice of each question that has no answer: what runs more than one command stops at one that is open.
 *
 * @param which all of the page, or those above the one with this id
 */
export async function predictAll(page: Page, which: 'all' | 'above' = 'all', id = ''): Promise<void> {
  const questions = await page.locator('[data-predict]').all()
  for (const question of questions) {
    if (which === 'above' && (await question.getAttribute('id')) === `predict-${id}`) return
    if (!(await question.getAttribute('data-picked'))) await question.locator('input').first().check()
  }
}

/** Clicks the Run buttons of the first transcripts, each when the one before has its verdict. */
export async function run(page: Page, count: number): Promise<void> {
  await page.evaluate(clickEach, { count, verdictMs: VERDICT_MS })
}

/**
 * Clicks a whole page in one of its languages, from fresh shells on.
 *
 * @param link the page's address with the server's key
 * @param lang undefined for a page without languages
 * @param slowest the longest time-out of its transcripts, in seconds
 * @returns what came of its transcripts and checks, in order: up to the first that is not as it should be
 * @throws where a button cannot be clicked, a check is met before anything has run, or the page complains
 */
export async function clickThrough(
  page: Page,
  link: string,
  lang: Lang | undefined,
  slowest: number,
): Promise<Outcome[]> {
  const errors = collectErrors(page)
  await visit(page, link)
  if (lang) await page.locator(`[data-lang-choice="${lang}"]`).click()
  await page.locator('[data-shell="idle"]').first().waitFor()
  await startOver(page)
  // A solution stands in one that is closed, and its check below it.
  await page.locator('details').evaluateAll(all => {
    for (const details of all) details.setAttribute('open', '')
  })
  // Those of another language's run are heard to be open again; none is met before anything has run.
  await page.locator('[data-check][data-state="passed"]').first().waitFor({ state: 'detached' })
  const verdictMs = slowest * 1000 + VERDICT_MS / 2
  const outcomes = await page.evaluate(clickEach, { count: Number.POSITIVE_INFINITY, verdictMs })
  expect(errors).toEqual([])
  return outcomes
}

/**
 * In the page: a hundred clicks from here, each with its questions, would cost more than the commands. As a reader
 * could: nothing may lie over a button. A check has to be met where it stands.
 */
async function clickEach(limits: { count: number; verdictMs: number }): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const all = document.querySelectorAll<HTMLElement>('[data-transcript], [data-check]')
  let left = limits.count
  for (const each of [...all].filter(
    element => element.checkVisibility() && !element.closest('[data-challenge]'),
  )) {
    if (left === 0) break
    const { transcript, check } = each.dataset
    if (transcript) left--
    // What a check waits for may be what was left out.
    const isOpen = transcript || outcomes.every(({ state }) => state !== 'skipped')
    await (transcript ? click(each) : isOpen && until(each, () => each.dataset.state === 'passed'))
    const state = isOpen ? (each.dataset.state as Outcome['state']) : 'skipped'
    outcomes.push({ what: transcript ?? check!, state, text: state === 'passed' ? '' : textOf(each) })
    if (state !== 'passed' && state !== 'skipped') break
  }
  return outcomes

  async function click(figure: HTMLElement): Promise<void> {
    for (const button of figure.querySelectorAll<HTMLButtonElement>('[data-run]')) {
      // Laid out once: with the frame that shows the verdict before.
      await new Promise(requestAnimationFrame)
      button.scrollIntoView({ block: 'center', behavior: 'instant' })
      const { x, y, width, height } = button.getBoundingClientRect()
      const hit = document.elementFromPoint(x + width / 2, y + height / 2)
      if (button.disabled || !button.contains(hit))
        throw new Error(`a button cannot be clicked: ${textOf(figure)}`)
      button.click()
      // The page shows in the same turn that it has heard of it.
      await new Promise(resolve => setTimeout(resolve))
      await until(figure, () => figure.dataset.state !== 'running')
      // Refused, or not as expected.
      if (figure.dataset.state === 'failed' || figure.querySelector('[data-refused]')) return
    }
    await until(figure, () => figure.dataset.state !== 'idle')
  }

  function textOf(element: HTMLElement): string {
    // biome-ignore lint/performance/useDomNodeTextContent: somebody is to read it, in its lines
    return element.innerText
  }

  /** Or until it takes too long: what is not so then is seen in its state. */
  function until(element: HTMLElement, isSo: () => boolean): Promise<void> {
    return new Promise(resolve => {
      const observer = new MutationObserver(look)
      const timer = setTimeout(done, limits.verdictMs)
      observer.observe(element, { subtree: true, childList: true, attributeFilter: ['data-state'] })
      look()

      function look() {
        if (isSo()) done()
      }

      function done() {
        observer.disconnect()
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
