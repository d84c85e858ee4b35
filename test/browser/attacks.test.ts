/** What other sites, and what programs print, do to a page that has shells. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startBuilt, visit } from './browser.ts'
import { useStage } from './stage.ts'
import { client, enter, isIdle, shows } from './typing.ts'

const LESSON = 'lessons/01-bind-conflict'
/** Milliseconds for which a page may stand still, on a busy machine. */
const STANDSTILL = 2000

const stage = useStage(startBuilt, { programs: [], complains: true })

describe('another site', () => {
  let evil: Server
  beforeAll(() => {
    evil = createServer((_request, response) => {
      response.setHeader('Content-Type', 'text/html')
      response.end('<button>Click me</button>')
    }).listen(0, '127.0.0.1')
  })
  afterAll(() => void evil.close())

  const storedKey = (page: Page) => page.evaluate(() => localStorage.getItem('playground-key'))
  const ownKey = () => new URL(stage.docs.link).hash.slice('#key='.length)
  const questions = (page: Page) => {
    const asked: number[] = []
    page.context().on('request', request => {
      if (request.url().endsWith('/api/key')) asked.push(performance.now())
    })
    return asked
  }

  /** Opens what a click on the other site opens. */
  async function lure(page: Page, target: string): Promise<Page> {
    const site = await page.context().newPage()
    await site.goto(`http://127.0.0.1:${(evil.address() as AddressInfo).port}/`)
    await site.evaluate(url => {
      document.querySelector('button')!.onclick = () => void window.open(url)
    }, target)
    const [opened] = await Promise.all([page.context().waitForEvent('page'), site.click('button')])
    return opened
  }

  test('opens a link with another key: the reader keeps the shells, and is told', async () => {
    const page = await stage.open(LESSON)
    await isIdle(page)
    await enter(page, 'clear; mine=kept; echo set-$((1 + 1))')
    await shows(page, /set-2/)
    const opened = await lure(page, `${stage.docs.origin}${LESSON}#key=${'A'.repeat(43)}`)
    const notice = opened.getByRole('alert').filter({ hasText: 'does not fit this server' })
    await notice.waitFor()
    expect(await notice.textContent()).toContain('Your terminals keep the key they have.')
    expect(new URL(opened.url()).hash).toBe('')
    expect(await storedKey(opened)).toBe(ownKey())
    await isIdle(opened)
    await enter(opened, 'clear; echo mine=$mine.')
    await shows(opened, /^mine=kept\.$/m)
    await notice.getByRole('button', { name: 'Close' }).click()
    await expect.poll(() => notice.count()).toBe(0)
    // The page that was there before has noticed nothing.
    expect(await storedKey(page)).toBe(ownKey())
    await page.reload()
    await isIdle(page)
  })

  test('cannot hold on to the window that it has opened', async () => {
    const page = await stage.open(LESSON)
    const site = await page.context().newPage()
    await site.goto(`http://127.0.0.1:${(evil.address() as AddressInfo).port}/`)
    await site.evaluate(url => {
      document.querySelector('button')!.onclick = () => Object.assign(window, { theirs: window.open(url) })
    }, stage.linkTo(LESSON))
    const [opened] = await Promise.all([page.context().waitForEvent('page'), site.click('button')])
    await isIdle(opened)
    expect(await site.evaluate(() => (window as unknown as { theirs: Window }).theirs.closed)).toBe(true)
    expect(await opened.evaluate(() => window.opener)).toBeNull()
  })

  test('a hundred links in one tab are a few questions', async () => {
    const page = await stage.open(LESSON)
    await isIdle(page)
    const asked = questions(page)
    const begun = performance.now()
    for (let turn = 0; turn < 100; turn++) {
      await page.evaluate(
        hash => {
          location.hash = hash
        },
        `#key=${'A'.repeat(41)}${String(turn).padStart(2, '0')}`,
      )
    }
    await page.getByRole('alert').filter({ hasText: 'does not fit' }).waitFor()
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.length).toBeLessThanOrEqual(2 + (performance.now() - begun) / 1000)
    expect(await storedKey(page)).toBe(ownKey())
    expect(new URL(page.url()).hash).toBe('')
  })

  test('without a stored key a wrong link stores none, and the right one works at once', async () => {
    const page = await stage.newPage()
    await visit(page, `${stage.docs.origin}${LESSON}#key=${'A'.repeat(43)}`)
    await page.getByRole('alert').filter({ hasText: 'does not fit this server' }).waitFor()
    expect(await storedKey(page)).toBeNull()
    await page.locator('.Workbench').getByText('Open the link that').waitFor()
    await page.evaluate(hash => {
      location.hash = hash
    }, new URL(stage.docs.link).hash)
    await isIdle(page)
    await expect.poll(() => storedKey(page)).toBe(ownKey())
    await expect.poll(() => page.getByRole('alert').filter({ hasText: 'does not fit' }).count()).toBe(0)
  })

  test('a key that is no longer the right one is replaced by the one that is', async () => {
    const page = await stage.newPage()
    await page.addInitScript(() => {
      if (!sessionStorage.getItem('old')) localStorage.setItem('playground-key', 'Z'.repeat(43))
      sessionStorage.setItem('old', 'set')
    })
    await visit(page, stage.linkTo(LESSON))
    await isIdle(page)
    expect(await storedKey(page)).toBe(ownKey())
  })
})

describe('a program prints', () => {
  const FLOODS = {
    'a letter, repeated 2147483647 times': `printf 'a\\033[2147483647b'`,
    'scrolling, repeated 2147483647 times': `printf '\\033[2147483647S\\033[2147483647T'`,
    'lines and tabs, repeated 2147483647 times': `printf '\\033[2147483647L\\033[2147483647M\\033[2147483647I\\033[2147483647Z'`,
    'a colour list of half a megabyte': `printf '\\033]4;'; head -c 500000 /dev/zero | tr '\\0' ';'; printf '\\a'`,
    'links that are never left': `for i in 1 2 3 4 5 6 7 8 9; do printf '\\033]8;;a\\a%.0s' $(seq 10000); done; clear`,
    'accents without end': `printf a; printf '\\xcc\\x81%.0s' $(seq 300000); printf '\\033[1900b'; clear`,
    'resets and colours for two seconds': `timeout 2 yes $'\\033c\\033]104\\a' | tr -d '\\n'; reset`,
  }
  for (const [what, program] of Object.entries(FLOODS)) {
    test(`${what}: the page goes on`, async () => {
      const page = await stage.open(LESSON)
      await isIdle(page)
      await page.evaluate(() => {
        const longest = { milliseconds: 0 }
        Object.assign(window, { longest })
        new PerformanceObserver(list => {
          for (const { duration } of list.getEntries())
            longest.milliseconds = Math.max(longest.milliseconds, duration)
        }).observe({ entryTypes: ['longtask'] })
      })
      await enter(page, `${program}; echo done-$((1 + 1))`)
      await shows(page, /done-2/)
      const { milliseconds } = await page.evaluate(
        () => (window as unknown as { longest: { milliseconds: number } }).longest,
      )
      expect(milliseconds).toBeLessThan(STANDSTILL)
      // A page that comes later is drawn the same screen, by the server.
      await page.reload()
      await shows(page, /done-2/)
    })
  }

  test('a hundred thousand questions: the answers do not end the connection', async () => {
    const page = await stage.open(LESSON)
    await isIdle(page)
    await enter(
      page,
      `stty -echo; printf '\\033[c%.0s' $(seq 100000); timeout 2 cat > /dev/null; stty echo; clear; echo done-$((1 + 1))`,
    )
    await shows(page, /done-2/)
    expect(await client(page).getAttribute('data-link')).toBe('connected')
  })
})
