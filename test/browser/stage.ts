/** What the tests of a file stand on: a server and a browser for all of them, and for each one pages of its own. */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { needsProgram, needsSandbox } from '../harness/needs.ts'
import { collectErrors, launch, type Running, visit } from './browser.ts'

export interface Stage {
  /** There once the tests run. */
  docs: Running
  /** There once a test runs. */
  browser: Browser
  /** An empty page in a context of its own, 1440 x 900 unless told otherwise. */
  newPage(options?: BrowserContextOptions): Promise<Page>
  /** The address of a page of the site, with the server's key. */
  linkTo(path: string): string
  /** Opens a page of the site in a context of its own; `key: false`: as a stranger. */
  open(path: string, options?: BrowserContextOptions & { key?: boolean }): Promise<Page>
  /** What the pages of the test have complained of so far. */
  errors(): string[]
}

interface StageOptions {
  /** Without one of them, or without a sandbox, the tests are skipped. */
  programs: string[]
  /** Whether errors in a page's console are what is tested; else there must be none. */
  complains?: boolean
}

/** @param start serves the pages */
export function useStage(start: () => Promise<Running>, { programs, complains }: StageOptions): Stage {
  let contexts: BrowserContext[] = []
  let errors: string[][] = []
  const stage = {
    async newPage(options) {
      const context = await stage.browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
      contexts.push(context)
      const page = await context.newPage()
      errors.push(collectErrors(page))
      return page
    },
    linkTo: path => stage.docs.link.replace('/#', `/${path}#`),
    async open(path, { key = true, ...options } = {}) {
      const page = await stage.newPage(options)
      await visit(page, key ? stage.linkTo(path) : stage.docs.origin + path)
      return page
    },
    errors: () => errors.flat(),
  } as Stage

  beforeAll(async () => {
    stage.docs = await start()
  })
  beforeEach(async context => {
    needsProgram(context, 'chromium', ...programs)
    await needsSandbox(context)
    stage.browser ??= await launch()
    contexts = []
    errors = []
  })
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail')
      console.error((await Promise.all(contexts.flatMap(whatPagesShow))).join('\n\n'))
    await Promise.all(contexts.map(context => context.close()))
    if (!complains) expect(stage.errors()).toEqual([])
  })
  afterAll(async () => {
    await stage.browser?.close()
    await stage.docs.close()
  })
  return stage
}

/** For whom a test has failed that cannot be looked at: where its pages were, and what they said. */
function whatPagesShow(context: BrowserContext): Promise<string>[] {
  return context.pages().map(async page => {
    const shown = await page
      .locator('.VPContent')
      .ariaSnapshot({ timeout: 5000 })
      .catch((error: Error) => error.message)
    return `${page.url()}\n${shown.slice(0, 4000)}`
  })
}
