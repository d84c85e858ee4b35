/** What a reader types into the terminal `client`, and sees there. */
import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'

export const client = (page: Page) => page.locator('[data-pane="client"]')

export const isIdle = (page: Page) => expect.poll(() => client(page).getAttribute('data-shell')).toBe('idle')

export async function type(page: Page, text: string): Promise<void> {
  await client(page).locator('.xterm-helper-textarea').focus()
  await page.keyboard.type(text)
}

export async function enter(page: Page, command: string): Promise<void> {
  await type(page, command)
  await page.keyboard.press('Enter')
}

/** What a terminal shows, its rows as lines. */
export async function screen(pane: Locator): Promise<string> {
  const lines = await pane.locator('.xterm-rows > div').allTextContents()
  return lines.map(line => line.replaceAll('\u00a0', ' ').trimEnd()).join('\n')
}

export const shows = (page: Page, text: string | RegExp) =>
  expect.poll(() => screen(client(page))).toMatch(text)
