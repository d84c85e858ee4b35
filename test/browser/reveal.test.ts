/** What would answer a question is kept back until its run has ended. */
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { parseLesson } from '../../playground/format/lesson.ts'
import type { Question } from '../../playground/format/question.ts'
import { reload, startBuilt } from './browser.ts'
import { predictAll, startOver } from './clicks.ts'
import { useStage } from './stage.ts'

const SLUG = '09-fault-tolerance'

const stage = useStage(startBuilt, { programs: ['ss'] })
let page: Page
let question: Question

beforeAll(async () => {
  const lesson = parseLesson(await readFile(`docs/lessons/${SLUG}.md`, 'utf8'), `${SLUG}.md`)
  question = lesson.questions[0]!
})

const box = () => page.locator(`#predict-${question.id}`)
const choice = (id: string) => box().locator(`input[value="${id}"]`)
const wrong = () => question.choices.find(({ id }) => id !== question.right)!
const transcript = (text: string) => page.locator('[data-transcript]:visible', { hasText: text })
const proof = () => page.locator(`[data-transcript="${question.proof.at(-1)}"]`)
const outcome = () => page.locator(`.Outcome[data-question="${question.id}"]`)
const explanation = () => page.getByText('The numbers are the same, to the last connection.')
/** It stands below the explanation, before the next heading. */
const later = () => transcript('--connections 1000').getByRole('group')

async function open(): Promise<void> {
  page = await stage.open(`lessons/${SLUG}`)
  await page.locator('[data-shell]').first().waitFor()
  await startOver(page)
}

async function hidden(): Promise<void> {
  for (const kept of [outcome(), explanation(), later().getByText('total'), proof().getByText('lost')])
    expect(await kept.isVisible()).toBe(false)
}

test('a prediction and a failed run reveal nothing; the run itself shows output, verdict and explanation', async () => {
  await open()
  await hidden()
  await choice(wrong().id).check()
  await hidden()
  await transcript('kill -9').first().locator('[data-to-here]').click()
  await expect.poll(() => proof().getAttribute('data-state')).toBe('passed')
  await proof().getByText(/^lost/).filter({ visible: true }).first().waitFor()
  await outcome().getByText('The kernel did otherwise.').waitFor()
  await outcome().getByText(wrong().why!.split('`')[0]!).waitFor()
  await explanation().waitFor()

  // Of the page: what stands where.
  const place = async (locator: ReturnType<typeof box>) => (await locator.boundingBox())!.y
  expect(await place(box())).toBeLessThan(await place(proof()))
  expect(await place(proof())).toBeLessThan(await place(outcome()))
  expect(await place(outcome())).toBeLessThan(await place(explanation()))
})

test('a run that fails shows how it differs, and nothing else', async () => {
  await open()
  await choice(wrong().id).check()
  await page.locator('[data-pane="other"] .xterm').click()
  await page.keyboard.type('kill() { case $1 in -9) echo no;; *) return 1;; esac; }')
  await page.keyboard.press('Enter')
  const kill = transcript('kill -9').first()
  await kill.locator('[data-to-here]').click()
  await expect.poll(() => kill.getAttribute('data-state')).toBe('failed')
  await kill.locator('.Difference').waitFor()
  await hidden()
  expect(await box().getAttribute('data-shown')).toBe('false')
})

test('Run next and Run to here stop at an open question, and say so', async () => {
  await open()
  const before = transcript('--hold')
  await transcript('--connections 1000').locator('[data-to-here]').click()
  await box().getByText('The run stops here: predict first.').waitFor()
  await expect.poll(() => before.getAttribute('data-state')).toBe('passed')
  const announced = page.locator('[data-announcement]')
  await page.keyboard.press('Alt+Enter')
  await expect.poll(() => announced.textContent()).toMatch(/^The run has stopped at a question/)
  expect(await transcript('kill -9').first().getAttribute('data-state')).toBe('idle')
  await hidden()
  await predictAll(page)
  await page.keyboard.press('Alt+Enter')
  await expect.poll(() => proof().getAttribute('data-state')).toBe('passed')
})

test('who asks is shown it, also after a reload', async () => {
  await open()
  await page.locator('.Explanation', { has: outcome() }).getByRole('button', { name: 'Show it now' }).click()
  await outcome().getByText('You looked without a prediction.').waitFor()
  await explanation().waitFor()
  await later().getByText('total').waitFor()
  await reload(page)
  await explanation().waitFor()
})

test('what the live picture would answer is covered there, until it has run', async () => {
  page = await stage.open('lessons/20-recap')
  await page.locator('[data-shell]').first().waitFor()
  await startOver(page)
  const dock = page.locator('[data-dock]')
  const port = () => dock.locator('.PortPicture').first().isVisible()
  const veil = dock.getByText('It would answer your next question')
  const client = transcript('client.ts --connections 1000').first()
  await client.locator('[data-to-here]').click()
  await expect.poll(() => client.getAttribute('data-state')).toBe('passed')
  await veil.waitFor()
  expect(await port()).toBe(false)
  await page.locator('[data-predict] input').first().check()
  expect(await port()).toBe(false)
  await page.keyboard.press('Alt+Enter')
  await veil.waitFor({ state: 'detached' })
  expect(await port()).toBe(true)
})

test('nothing of it is seen before the page runs, and all of it where no script can', async () => {
  const link = stage.linkTo(`lessons/${SLUG}`)
  for (const javaScriptEnabled of [true, false]) {
    // What its own page complains of is that it has no scripts.
    const context = await stage.browser.newContext({ javaScriptEnabled })
    page = await context.newPage()
    await page.route('**/*.js', route => route.abort())
    await page.goto(link)
    if (javaScriptEnabled) await hidden()
    expect(await explanation().isVisible()).toBe(!javaScriptEnabled)
    expect(await later().getByText('total').isVisible()).toBe(!javaScriptEnabled)
    await context.close()
  }
})
