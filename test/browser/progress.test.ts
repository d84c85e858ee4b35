import { readFile } from 'node:fs/promises'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { parseLesson } from '../../playground/format/lesson.ts'
import type { Question } from '../../playground/format/question.ts'
import type { Health } from '../../playground/protocol.ts'
import { paint, reload, seriousIn, startBuilt, visit } from './browser.ts'
import { predictAll, startOver } from './clicks.ts'
import { useStage } from './stage.ts'

const SLUG = '01-bind-conflict'
const PANES = 3

const stage = useStage(startBuilt, { programs: ['ss'] })
let page: Page
/** The second one of the page: its answer is shown by one transcript. */
let question: Question

beforeAll(async () => {
  const lesson = parseLesson(await readFile(`docs/lessons/${SLUG}.md`, 'utf8'), `${SLUG}.md`)
  question = lesson.questions[1]!
})

async function open(path: string, options?: BrowserContextOptions): Promise<void> {
  page = await stage.open(path, options)
}

/** A fresh sandbox, and its shells in sight. */
async function openLesson(options: BrowserContextOptions = {}): Promise<void> {
  await open(`lessons/${SLUG}`, options)
  await expect.poll(() => page.locator('[data-shell]').count()).toBe(PANES)
  await startOver(page)
}

const box = () => page.locator(`#predict-${question.id}`)
const outcome = () => page.locator(`.Outcome[data-question="${question.id}"]`)
const choice = (id: string) => box().locator(`input[value="${id}"]`)
const proof = () => page.locator(question.proof.map(id => `[data-transcript="${id}"]:visible`).join(', '))
const stateOfProof = () => proof().getAttribute('data-state')
const tags = () =>
  box()
    .locator('[data-tag]')
    .evaluateAll(all =>
      all.map(
        tag => `${tag.closest('label')!.querySelector('input')!.value} ${(tag as HTMLElement).dataset.tag}`,
      ),
    )
const wrong = () => question.choices.find(({ id }) => id !== question.right)!.id

async function type(pane: string, text: string): Promise<void> {
  await page.locator(`[data-pane="${pane}"] .xterm`).click()
  await page.keyboard.type(text)
  await page.keyboard.press('Enter')
}

async function runToProof(): Promise<void> {
  await predictAll(page)
  await proof().locator('[data-to-here]').click()
  await expect.poll(stateOfProof).toBe('passed')
}

describe('a prediction', () => {
  test('is set beside the run, and again after it; both are in the ledger, and survive a reload', async () => {
    await openLesson()
    expect(await box().getAttribute('data-shown')).toBe('false')
    await choice(wrong()).check()
    await box().getByText('Your prediction is noted').waitFor()
    await runToProof()
    await outcome().getByText('The kernel did otherwise.').waitFor()
    expect((await tags()).sort()).toEqual([`${question.right} run`, `${wrong()} before`].sort())

    await choice(question.right).check()
    await reload(page)
    await outcome().getByText('The kernel did otherwise.').waitFor()
    expect(await choice(question.right).isChecked()).toBe(true)
    expect((await tags()).sort()).toEqual(
      [`${question.right} run`, `${question.right} after`, `${wrong()} before`].sort(),
    )

    const count = page.locator(`.VPSidebar [data-progress="${SLUG}"]`)
    await expect.poll(() => count.textContent()).toMatch(/^\d+\/\d+ done$/)
    await page.locator('.LessonEnd a.link').click()
    const entry = page.locator('.Ledger .entry', { hasText: 'You start the same server' })
    await expect
      .poll(() => entry.locator('dd').allTextContents())
      .toEqual([
        question.choices.find(({ id }) => id === wrong())!.text,
        'The second one ends with an error. ✓ as the kernel does',
        'The second one ends with an error.',
      ])
    await entry.locator('.question').click()
    await expect.poll(() => page.url()).toBe(`${stage.docs.origin}lessons/${SLUG}#predict-${question.id}`)
  })

  test('who runs without one is told what happened, and no more', async () => {
    await openLesson()
    await predictAll(page, 'above', question.id)
    await proof().locator('[data-to-here]').click()
    await box().getByText('The run stops here').waitFor()
    await proof().locator('[data-to-here]').waitFor({ state: 'detached' })
    await proof().locator('[data-run]').click()
    await page.locator('[data-outcome="looked"]').getByText('That is fine, too.').waitFor()
    expect(await tags()).toEqual([`${question.right} run`])
  })

  test('is not on the page before it is shown', async () => {
    await openLesson()
    const html = (await page.content()).replaceAll(`value="${question.right}"`, '')
    expect(html).not.toContain(question.right)
    expect(html).not.toContain('right -->')
  })

  test('without a machine the reader asks to see it', async () => {
    await open(`lessons/${SLUG}`)
    await page.evaluate(() => localStorage.clear())
    const other = await stage.browser.newContext()
    page = await other.newPage()
    await visit(page, `${stage.docs.origin}lessons/${SLUG}`)
    await choice(question.right).check()
    await box().getByRole('button', { name: 'Show what happens' }).click()
    await outcome().getByText('You were right.').waitFor()
    expect((await tags()).sort()).toEqual([`${question.right} before`, `${question.right} run`])
  })
})

describe('run to here', () => {
  test('says how far it is, and begins nothing more once it is cancelled', async () => {
    await openLesson()
    // The command before the one that is asked for waits for Enter.
    await type('client', 'node() { read -rs; command node "$@"; }')
    await predictAll(page)
    await proof().locator('[data-to-here]').click()
    await proof().getByText('Running the commands above first: 1 of 2').waitFor()
    // Cancelled before it begins, it would never run; and Enter is for what reads it.
    const before = page.locator('[data-transcript]:visible', { hasText: 'client.ts --connections 4' })
    await expect.poll(() => before.getAttribute('data-state')).toBe('running')
    const client = page.locator('[data-pane="client"]')
    await expect.poll(() => client.getAttribute('data-shell')).toBe('running')
    await proof().getByRole('button', { name: 'Cancel' }).click()
    await proof().locator('[data-way]').waitFor({ state: 'detached' })
    await type('client', '')
    await expect.poll(() => before.getAttribute('data-state')).toBe('passed')
    expect(await stateOfProof()).toBe('idle')
    expect(await box().getAttribute('data-shown')).toBe('false')
  })

  test('says which terminal stopped it', async () => {
    await openLesson()
    await type('client', 'node() { echo something else; }')
    await predictAll(page)
    await proof().locator('[data-to-here]').click()
    await proof().getByText('A command above, in client, did not do what is expected.').waitFor()
    expect(await stateOfProof()).toBe('idle')
  })

  test('is reachable with the keyboard and on a telephone', async () => {
    await openLesson()
    const button = () => proof().locator('[data-to-here]')
    const opacity = () => button().evaluate(element => getComputedStyle(element).opacity)
    await expect.poll(opacity).toBe('0')
    await button().focus()
    await expect.poll(opacity).toBe('1')
    await page.context().close()
    await open(`lessons/${SLUG}`, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
    await expect.poll(opacity).toBe('1')
  })
})

describe('progress', () => {
  test('is exported, forgotten after a question, and imported', async () => {
    await openLesson()
    await runToProof()
    await visit(page, `${stage.docs.origin}progress`)
    const share = page.locator(`[data-lesson="${SLUG}"] .share`)
    await expect.poll(() => share.textContent()).toMatch(/^[1-9]\d*\/\d+$/)
    const before = await share.textContent()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('[data-export]').click(),
    ])
    const file = await download.path()

    await page.locator('[data-ask-forget]').click()
    await page.getByRole('button', { name: 'Keep it' }).click()
    expect(await share.textContent()).toBe(before)
    await page.locator('[data-ask-forget]').click()
    await page.locator('[data-forget]').click()
    await expect.poll(() => share.textContent()).toMatch(/^0\//)
    await page.locator('.Ledger .empty').waitFor()

    const input = page.locator('input[type="file"]')
    await input.setInputFiles({
      name: 'x.json',
      mimeType: 'application/json',
      buffer: Buffer.from('{"version":1}'),
    })
    await page.getByText('Nothing has changed.').waitFor()
    await input.setInputFiles(file)
    await expect.poll(() => share.textContent()).toBe(before)

    await visit(page, stage.docs.origin)
    await expect.poll(() => page.locator('.CourseMap .count').first().textContent()).toBe(`${before} done`)
  })

  test('counts only what this machine can run', async () => {
    await open('progress')
    let lacks = ''
    await page.route('**/api/health', async route => {
      const response = await route.fetch()
      const health: Health = await response.json()
      const preflight = health.preflight.map(item => ({ ...item, ok: item.thing !== lacks }))
      await route.fulfill({ response, json: { ...health, preflight } })
    })
    const total = async () => {
      const text = await page.locator('[data-lesson="13-observe"] .parts').textContent()
      return Number(/of (\d+) commands/.exec(text ?? '')?.[1])
    }
    await reload(page)
    await expect.poll(total).toBeGreaterThan(0)
    const all = await total()
    lacks = 'strace'
    await reload(page)
    await expect.poll(total).toBeLessThan(all)
  })

  test('of two tabs is one', async () => {
    await openLesson()
    const other = await page.context().newPage()
    await visit(other, `${stage.docs.origin}progress`)
    await other.locator('.Ledger .empty').waitFor()
    await choice(wrong()).check()
    await other.locator('.Ledger .entry').waitFor()
    await runToProof()
    await other.getByText(/\d of 2 answers were what the kernel does/).waitFor()
  })
})

test('axe finds nothing serious', async () => {
  const found: string[] = []
  const look = async (part?: string) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await paint(page, colorScheme)
      for (const problem of await seriousIn(page, part)) found.push(`${colorScheme}: ${problem}`)
    }
  }
  await openLesson()
  await choice(wrong()).check()
  await runToProof()
  await outcome().getByText('The kernel did otherwise.').waitFor()
  await choice(question.right).check()
  // The rest of a lesson is looked at where its page is.
  await look('.Predict')
  await visit(page, `${stage.docs.origin}progress`)
  await page.locator('.Ledger .entry').first().waitFor()
  await look()
  await page.locator('[data-ask-forget]').click()
  await look()
  expect(found).toEqual([])
})
