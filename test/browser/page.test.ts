import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { paint, reload, resize, seriousIn, startBuilt, visit } from './browser.ts'
import { predictAll, startOver } from './clicks.ts'
import { useStage } from './stage.ts'

const LESSON = 'lessons/01-bind-conflict'
const PAGES = ['', 'words', 'playground', 'reference', 'claims', LESSON]
const WIDE = { width: 1440, height: 900 }
const PHONE = { width: 390, height: 844 }
/** Pixels that the drawer leaves free at its full height. */
const DRAWER_TOP = 56

const stage = useStage(startBuilt, { programs: ['ss'] })
let page: Page

describe('the home page', () => {
  const contrast = () => page.locator('.Contrast')
  const answered = (lane: string) => contrast().locator(`[data-lane="${lane}"] .answers`).textContent()
  const whatToDo = () => page.locator('.WhatToDo')
  const start = () => page.locator('[data-start]')

  test('its recording plays, pauses, plays on, and ends with what was measured', async () => {
    await open('', { viewport: WIDE })
    await expect.poll(() => contrast().getAttribute('data-running')).toBe('true')
    await contrast().getByRole('button', { name: 'Pause' }).click()
    const paused = Number(await contrast().getAttribute('data-at'))
    await contrast().getByRole('button', { name: 'Play' }).click()
    await expect.poll(async () => Number(await contrast().getAttribute('data-at'))).toBeGreaterThan(paused)
    await contrast().getByRole('button', { name: 'Play again' }).waitFor()
    const { one, four, rate, seconds } = JSON.parse(await readFile('docs/contrast.json', 'utf8'))
    expect(await answered('one')).toBe(`${one.answered.at(-1)} of ${rate * seconds} answered`)
    expect(await answered('four')).toBe(`${four.answered.at(-1)} of ${rate * seconds} answered`)
    expect(await contrast().locator('[data-lane="one"] circle').count()).toBe(one.queues.at(-1)[0])
  })

  test('who wants no motion gets a still of its end', async () => {
    await open('', { viewport: WIDE, reducedMotion: 'reduce' })
    await page.waitForLoadState('networkidle')
    expect(await contrast().getAttribute('data-running')).toBe('false')
    await contrast().getByRole('button', { name: 'Play again' }).waitFor()
  })

  test('its question takes one answer, and then says what the run shows', async () => {
    await open('', { viewport: WIDE })
    const question = page.locator('.HangQuestion')
    expect(await question.textContent()).not.toMatch(/the run shows|got none/)
    const before = (await page.locator('#the-course').boundingBox())!.y
    await question.getByRole('radio').first().click()
    await question.getByText('The kernel did otherwise.').waitFor()
    const { stopped, rate, seconds } = JSON.parse(await readFile('docs/contrast.json', 'utf8'))
    expect(await question.textContent()).toContain(`${rate * seconds - stopped.answers} of 400 got none`)
    expect((await page.locator('#the-course').boundingBox())!.y).toBe(before)
  })

  test('says what the machine has, and leads into the first lesson; then on in the one that was begun', async () => {
    await open('', { viewport: WIDE })
    const preflight = page.locator('.Preflight')
    await expect.poll(() => preflight.getAttribute('data-server')).toBe('live')
    await expect.poll(() => preflight.getByRole('term').count()).toBeGreaterThan(3)
    expect(await whatToDo().count()).toBe(0)
    await start().getByText('Start lesson 01').click()
    await page.locator('.Workbench').waitFor()
    await visit(page, stage.linkTo('lessons/02-reuseport'))
    await page.locator('[data-show-now]:visible, [data-reveal]:visible').first().click()
    await visit(page, stage.linkTo(''))
    await start().getByText('Continue lesson 02').waitFor()
  })

  test('without the key one place of a page says where to get it', async () => {
    await open('', { viewport: WIDE, key: false })
    await whatToDo().getByText('npm run docs').waitFor()
    expect(await page.getByText('npm run docs').count()).toBe(1)
    await visit(page, `${stage.docs.origin}${LESSON}`)
    await whatToDo().getByText('npm run docs').waitFor()
    expect(await page.getByText('npm run docs').count()).toBe(1)
    // Nothing that cannot be done looks as if it could be.
    expect(await page.locator('[data-run]:visible:enabled').count()).toBe(0)
  })
})

describe('a word', () => {
  const term = () => page.locator('.Term').first()
  const tip = () => page.getByRole('tooltip')

  test('says what it means when it is focused, until Escape', async () => {
    await open(LESSON, { viewport: WIDE })
    await term().focus()
    expect(await tip().textContent()).toMatch(/\.$/)
    expect(await term().getAttribute('aria-describedby')).toBe(await tip().getAttribute('id'))
    await page.keyboard.press('Escape')
    await expect.poll(() => tip().count()).toBe(0)
    await term().blur()
    await term().hover()
    await tip().waitFor()
  })

  test('stays on the page at the first tap, and is a link at the second', async () => {
    await open(LESSON, { viewport: PHONE, hasTouch: true })
    await term().tap()
    await tip().waitFor()
    const box = (await tip().boundingBox())!
    expect(box.x).toBeGreaterThanOrEqual(0)
    expect(box.x + box.width).toBeLessThanOrEqual(PHONE.width)
    expect(page.url()).toContain(LESSON)
    await term().tap()
    await expect.poll(() => page.url()).toContain('/words#')
  })

  test('leads to its place on the page of words, each of them', async () => {
    await open(LESSON, { viewport: WIDE })
    await page.locator('.Term').first().waitFor()
    const links = await page.locator('.Term').evaluateAll(all => all.map(a => (a as HTMLAnchorElement).hash))
    expect(links.length).toBeGreaterThan(5)
    expect(new Set(links).size).toBe(links.length)
    await visit(page, `${stage.docs.origin}words`)
    await page.locator('.words h2').first().waitFor()
    const ids = await page.locator('.words h2').evaluateAll(all => all.map(({ id }) => `#${id}`))
    expect(links.filter(link => !ids.includes(link))).toEqual([])
  })
})

describe('the workbench', () => {
  const divider = () => page.getByRole('separator', { name: 'Width of the workbench' })
  const width = () => page.locator('.Workbench').evaluate(element => (element as HTMLElement).offsetWidth)
  const value = async (name: string) => Number(await divider().getAttribute(`aria-value${name}`))
  const fontSize = () =>
    page
      .locator('.xterm-rows')
      .first()
      .evaluate(element => Number.parseFloat(getComputedStyle(element).fontSize))

  test('its divider follows the arrow keys, within what it says, and is remembered', async () => {
    await openWorkbench(WIDE)
    const before = await width()
    await divider().focus()
    await page.keyboard.press('ArrowRight')
    expect(await width()).toBeLessThan(before)
    expect(await value('now')).toBe(await width())
    await page.keyboard.press('Home')
    expect(await width()).toBe(await value('min'))
    await page.keyboard.press('End')
    expect(await width()).toBe(await value('max'))
    expect(await value('max')).toBeGreaterThan(await value('min'))
    const widest = await width()
    await reload(page)
    await page.locator('.xterm-rows').first().waitFor()
    expect(await width()).toBe(widest)
    await divider().dblclick()
    expect(await width()).toBe(before)
  })

  test('its divider follows the pointer', async () => {
    await openWorkbench(WIDE)
    const box = (await divider().boundingBox())!
    await page.mouse.move(box.x + box.width / 2, 400)
    await page.mouse.down()
    await page.mouse.move(900, 400)
    await page.mouse.up()
    expect(await width()).toBe(WIDE.width - 900)
  })

  test('its letters grow to 24 pixels, keep 80 columns, and are remembered', async () => {
    await openWorkbench(WIDE)
    const larger = page.getByRole('button', { name: 'Larger letters' })
    while (await larger.isEnabled()) await larger.click()
    await expect.poll(fontSize).toBe(24)
    await reload(page)
    await page.locator('.xterm-rows').first().waitFor()
    await expect.poll(fontSize).toBe(24)
    const first = page.locator('[data-pane="server-1"]')
    await expect.poll(() => first.getAttribute('data-shell')).toBe('idle')
    await first.locator('.xterm').click()
    await page.keyboard.type('echo columns=$(tput cols)')
    await page.keyboard.press('Enter')
    await first.locator('.xterm-rows').getByText('columns=80').waitFor()
    const smaller = page.getByRole('button', { name: 'Smaller letters' })
    while (await smaller.isEnabled()) await smaller.click()
    await expect.poll(fontSize).toBe(9)
    await page.getByRole('button', { name: 'Fit the window again' }).click()
    await expect.poll(fontSize).toBeGreaterThan(9)
  })

  test('warns of a sandbox that holds less, with what it costs and the mend', async () => {
    await open('', { viewport: PHONE })
    const said = {
      unshare: 'A weaker sandbox. Your files are in reach.',
      none: 'No sandbox. Your files are in reach.',
    }
    for (const [sandbox, warning] of Object.entries(said)) {
      await page.route('**/api/health', async route => {
        const response = await route.fetch()
        const reason = 'Your files are in reach.'
        await route.fulfill({ response, json: { ...(await response.json()), sandbox, reason } })
      })
      await visit(page, stage.linkTo(LESSON))
      await reload(page)
      await page.locator('[data-run]').first().click()
      await page.locator('.Workbench .warning').getByText(warning).waitFor()
    }
  })

  test('Escape twice leaves a terminal', async () => {
    await openWorkbench(WIDE)
    await page.locator('[data-place="open"] .xterm').first().click()
    // Pressed in quick succession, however slow this machine is.
    const keyboard = await page.context().newCDPSession(page)
    const now = Date.now() / 1000
    for (const timestamp of [now, now + 0.1])
      for (const type of ['keyDown', 'keyUp'] as const) {
        const key = { key: 'Escape', code: 'Escape', windowsVirtualKeyCode: 27 }
        await keyboard.send('Input.dispatchKeyEvent', { ...key, type, timestamp })
      }
    expect(await page.evaluate(() => document.activeElement?.closest('.xterm'))).toBeNull()
  })
})

describe('commands', () => {
  const transcripts = () => page.locator('[data-transcript]:visible')
  const state = (index: number) => transcripts().nth(index).getAttribute('data-state')
  const passed = () => page.locator('[data-transcript][data-state="passed"]:visible').count()

  test('Alt+Enter runs the next one that has not passed, from the page, a terminal, or a prediction', async () => {
    await openWorkbench(WIDE)
    await startOver(page)
    await predictAll(page)
    await page.keyboard.press('Alt+Enter')
    await expect.poll(() => state(0)).toBe('passed')
    const announced = page.locator('[data-announcement]')
    await expect.poll(() => announced.textContent()).toMatch(/: as expected$/)
    const box = (await transcripts().first().boundingBox())!
    expect(box.y).toBeGreaterThan(0)
    expect(box.y + box.height).toBeLessThanOrEqual(WIDE.height)
    // One in which nothing is to be run yet.
    await page.locator('[data-pane="server-2"]').click()
    await page.keyboard.press('Alt+Enter')
    await expect.poll(passed).toBe(2)
    // A newline that reached the shell would have made a second prompt.
    const rows = page.locator('[data-pane="server-2"] .xterm-rows')
    await expect.poll(async () => (await rows.textContent())?.trim()).toBe('$')
    await page.locator('[id^="predict-"] input[type="radio"]').first().focus()
    await page.keyboard.press('Alt+Enter')
    await expect.poll(passed).toBe(3)
  })

  test('a reload leads back to where the reader was', async () => {
    await openWorkbench(WIDE)
    const heading = page.locator('#who-has-the-port')
    await heading.evaluate(element => element.scrollIntoView({ block: 'start', behavior: 'instant' }))
    const top = async () => Math.round((await heading.boundingBox())!.y)
    const before = await top()
    await reload(page)
    await transcripts().first().waitFor()
    await expect.poll(async () => Math.abs((await top()) - before)).toBeLessThan(WIDE.height / 2)
  })

  test('a failure with steps left out offers to run to here', async () => {
    await openWorkbench(WIDE)
    await startOver(page)
    await predictAll(page)
    const listed = transcripts().filter({ hasText: 'ss -ltnpH' }).nth(1)
    await listed.locator('[data-run]').first().click()
    const offer = listed.locator('[data-offer]')
    await offer.click()
    await expect.poll(() => listed.getAttribute('data-state')).toBe('passed')
  })

  test('a program above that somebody has ended is a step left out, too', async () => {
    await openWorkbench(WIDE)
    await startOver(page)
    await predictAll(page)
    const worker = transcripts().filter({ hasText: '--work 250' })
    await worker.locator('[data-run]').click()
    await expect.poll(() => worker.getAttribute('data-state')).toBe('passed')
    await page.locator('[data-pane="server-1"] .xterm').click()
    await page.keyboard.press('Control+c')
    await expect.poll(() => page.locator('[data-pane="server-1"]').getAttribute('data-shell')).toBe('idle')
    const client = transcripts().filter({ hasText: '--connections 4' })
    await client.locator('[data-run]').click()
    await client.locator('[data-offer]').click()
    await expect.poll(() => client.getAttribute('data-state')).toBe('passed')
  })

  test('what is refused, and cancelled, leaves what came of it before', async () => {
    await openWorkbench(WIDE)
    await startOver(page)
    await predictAll(page)
    const worker = transcripts().filter({ hasText: '--work 250' })
    await worker.locator('[data-run]').click()
    await expect.poll(() => worker.getAttribute('data-state')).toBe('passed')
    await worker.locator('[data-run]').click()
    await worker.getByRole('button', { name: 'Cancel' }).click()
    expect(await worker.getAttribute('data-state')).toBe('passed')
  })

  test('in a narrow window the drawer opens on Run and leaves the verdict in view', async () => {
    await open(LESSON, { viewport: PHONE, hasTouch: true })
    const drawer = page.locator('.Workbench')
    await expect.poll(() => drawer.getAttribute('data-drawer')).toBe('closed')
    await startOver(page)
    const first = transcripts().first()
    await first.locator('[data-run]').first().tap()
    await expect.poll(() => drawer.getAttribute('data-drawer')).toBe('half')
    await expect.poll(() => first.getAttribute('data-state')).toBe('passed')
    const bottom = async () => (await first.boundingBox())!.y + (await first.boundingBox())!.height
    await expect.poll(async () => (await bottom()) <= (await drawer.boundingBox())!.y).toBe(true)

    await page.getByRole('button', { name: 'Full height' }).tap()
    // Where it stops: it takes its time to get there.
    await expect.poll(async () => (await drawer.boundingBox())!.y).toBe(DRAWER_TOP)
    const grip = (await page.locator('.grip').boundingBox())!
    await page.mouse.move(PHONE.width / 2, grip.y + grip.height / 2)
    await page.mouse.down()
    await page.mouse.move(PHONE.width / 2, PHONE.height - 20)
    await page.mouse.up()
    await expect.poll(() => drawer.getAttribute('data-drawer')).toBe('closed')
    await expect.poll(async () => (await drawer.boundingBox())!.height).toBeLessThan(90)

    // The picture in a line, and by it the picture.
    const summary = page.locator('[data-summary]')
    await expect.poll(() => summary.textContent()).toMatch(/^Kernel\s+:8080\s*A/)
    await summary.tap()
    await page.locator('[data-dock]').getByText('127.0.0.1:8080').first().waitFor()
    expect(await summary.isVisible()).toBe(false)
    expect(await drawer.getAttribute('data-drawer')).toBe('half')
  })
})

test('from light to dark nothing fades', async () => {
  await openWorkbench(WIDE)
  const fading = page.evaluate(
    () =>
      new Promise<number>(resolve => {
        const { documentElement } = document
        const observer = new MutationObserver(() => {
          if (!documentElement.classList.contains('dark')) return
          observer.disconnect()
          requestAnimationFrame(() => {
            // Those that blink never end.
            resolve(document.getAnimations().filter(animation => animation instanceof CSSTransition).length)
          })
        })
        observer.observe(documentElement, { attributeFilter: ['class'] })
      }),
  )
  await page.emulateMedia({ colorScheme: 'dark' })
  expect(await fading).toBe(0)
})

describe('every page', () => {
  test.each(PAGES)('/%s fits every window, and axe finds nothing serious in it', async path => {
    await open(path, { viewport: WIDE, reducedMotion: 'reduce' })
    await page.locator('h1').waitFor()
    await page.waitForLoadState('networkidle')
    if (path === LESSON) {
      await predictAll(page)
      await page.keyboard.press('Alt+Enter')
      // What has passed before the page was opened does not count: a verdict that comes late scrolls the page.
      await expect.poll(() => page.locator('[data-announcement]').textContent()).toMatch(/: as expected$/)
    }
    const found: string[] = []
    for (const width of [1440, 1024, 720, 390]) {
      await resize(page, { width, height: 844 })
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      if (over > 0) found.push(`${over} pixels wider than ${width}`)
      const bars = await page
        .locator('.Workbench > .bar')
        .evaluateAll(all => all.map(bar => bar.scrollWidth - bar.clientWidth))
      if (bars.some(beyond => beyond > 0)) found.push(`${width}: tools out of sight`)
      const code = await page
        .locator('.vp-doc pre')
        .evaluateAll(all => all.filter(pre => pre.scrollWidth > pre.clientWidth).map(pre => pre.textContent))
      for (const text of code) found.push(`${width}: code out of sight: ${text}`)
    }
    // Where things are does not depend on their colours: each width once, and each scheme.
    for (const [viewport, colorScheme] of [
      [PHONE, 'dark'],
      [WIDE, 'light'],
    ] as const) {
      // The tip of a word goes when the window is resized.
      await resize(page, viewport)
      await paint(page, colorScheme)
      if (path === LESSON) {
        await page.locator('.Term').first().blur()
        await page.locator('.Term').first().focus()
        await page.getByRole('tooltip').waitFor()
      }
      for (const problem of await seriousIn(page)) found.push(`${colorScheme}, ${viewport.width}: ${problem}`)
    }
    expect(found).toEqual([])
  })
})

describe('on paper', () => {
  test.each(['light', 'dark'] as const)(
    'the reference is two sheets, dark on white: %s',
    async colorScheme => {
      await open('reference', { viewport: WIDE, colorScheme })
      await page.locator('h1').waitFor()
      const pdf = (await page.pdf({ format: 'A4' })).toString('latin1')
      expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(2)
      await page.emulateMedia({ media: 'print' })
      const { color, background } = await page.evaluate(() => {
        const { color } = getComputedStyle(document.querySelector('h1')!)
        return { color, background: getComputedStyle(document.body).backgroundColor }
      })
      expect([color, background]).toEqual(['rgb(27, 27, 31)', 'rgb(255, 255, 255)'])
    },
  )

  test.each(['reference', LESSON])('/%s is its text alone', async path => {
    await open(path, { viewport: WIDE })
    await page.locator('h1').waitFor()
    const rest = page.locator('.VPNav, .VPSidebar, .VPLocalNav, .VPDocFooter, .VPDoc .aside, .Workbench')
    expect(await rest.filter({ visible: true }).count()).toBeGreaterThan(0)
    await page.emulateMedia({ media: 'print' })
    expect(await rest.filter({ visible: true }).count()).toBe(0)
    const { x, width } = (await page.locator('.vp-doc').boundingBox())!
    expect([x, width]).toEqual([0, WIDE.width])
  })
})

async function open(path: string, options: Parameters<typeof stage.open>[1]): Promise<void> {
  page = await stage.open(path, options)
}

async function openWorkbench(viewport: { width: number; height: number }): Promise<void> {
  await open(LESSON, { viewport })
  await page.locator('[data-shell="idle"], [data-shell="running"]').first().waitFor()
}
