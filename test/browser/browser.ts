/** A real Chromium on the real server, for tests. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, chromium, type Page } from 'playwright-core'
import { findProgram } from '../harness/needs.ts'

/** A browser that asks nobody but our server for anything. */
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface Running {
  /** `http://127.0.0.1:PORT/`. */
  origin: string
  /** What the reader opens first. */
  link: string
  process: ChildProcess
  /** All that it has printed. */
  log(): string
  /** Ends it and starts it again on the same port, with the same state folder. */
  restart(): Promise<Running>
  close(): Promise<void>
}

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: findProgram('chromium'), args: QUIET })
}

/** `npm run docs` on a free port, with a state folder of its own. */
export async function startDev(...args: string[]): Promise<Running> {
  return start(await mkdtemp(path.join(os.tmpdir(), 'playground-state-')), '0', args)
}

/** The same with the site as `prepare.ts` has built it. */
export function startBuilt(): Promise<Running> {
  return startDev('--built')
}

async function start(state: string, port: string, args: string[]): Promise<Running> {
  const child = spawn(process.execPath, ['playground/start.mjs', './main.ts', '--port', port, ...args], {
    env: { ...process.env, XDG_STATE_HOME: state },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  const link = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', chunk => {
        log += chunk
        const found = /http:\/\/\S+\/#key=\S+/.exec(log)
        if (found) resolve(found[0])
      })
    }
    child.once('exit', status => reject(new Error(`the server ended with ${status}:\n${log}`)))
  })
  return {
    origin: new URL('/', link).href,
    link,
    process: child,
    log: () => log,
    async restart() {
      await end(child)
      return start(state, new URL(link).port, args)
    },
    async close() {
      await end(child)
      await rm(state, { recursive: true, force: true })
    },
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

/** Opens a page of the site. Resolves when it listens: what is clicked before that is lost. */
export async function visit(page: Page, address: string): Promise<void> {
  await page.goto(address)
  await listens(page)
}

/** Loads it again, and resolves when it listens. */
export async function reload(page: Page): Promise<void> {
  await page.reload()
  await listens(page)
}

async function listens(page: Page): Promise<void> {
  // Vue leaves its application there once it has taken over what the server has rendered.
  await page.waitForFunction(() => '__vue_app__' in document.querySelector('#app')!)
}

/** Resolves when the page knows of it: it has heard that it was resized, and hidden what that hides. */
export async function resize(page: Page, size: { width: number; height: number }): Promise<void> {
  await page.setViewportSize(size)
  await page.waitForFunction(({ width, height }) => innerWidth === width && innerHeight === height, size)
  // The event comes with the next frame, before what a frame calls.
  await page.evaluate(() => new Promise(requestAnimationFrame))
}

/** Resolves when the page is drawn in it: the site's own switch follows a frame later. */
export async function paint(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme })
  await page.waitForFunction(
    dark => document.documentElement.classList.contains('dark') === dark,
    colorScheme === 'dark',
  )
  await rests(page)
}

/** Resolves when nothing is on its way from one colour to another: in between there may be too little contrast. */
async function rests(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .filter(({ effect }) => Number.isFinite(effect?.getComputedTiming().endTime))
      .every(({ playState }) => playState !== 'running'),
  )
}

/** What the page's console must not hold: errors, and anything that the Content-Security-Policy has stopped. */
export function collectErrors(page: Page): string[] {
  const errors: string[] = []
  page.on('console', message => {
    if (message.type() === 'error') errors.push(message.text())
  })
  page.on('pageerror', error => errors.push(String(error)))
  return errors
}

/**
 * What axe finds that shuts somebody out. Terminals are left out: their rows are a picture of what a program says.
 *
 * @param part a selector: where to look; nothing: everywhere
 */
export async function seriousIn(page: Page, part?: string): Promise<string[]> {
  await rests(page)
  const axe = new AxeBuilder({ page }).exclude('.xterm').options({ resultTypes: ['violations'] })
  if (part) axe.include(part)
  // Legacy means: no frames. There are none here, and to look into them takes twice as long.
  const { violations } = await axe.setLegacyMode().analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}
