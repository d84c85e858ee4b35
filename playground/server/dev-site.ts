/**
 * VitePress in development, mounted on the server that the shells hang on: VitePress may restart itself as often as
 * it likes, the shells stay.
 */
import { readdirSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import type { Plugin } from 'vite'
import { movedLessons, readCourse } from '../course/course.ts'
import { allowInlineScripts } from './csp.ts'
import { passage } from './dev-gate.ts'
import { refuseRequest } from './refusal.ts'
import type { Site } from './site.ts'
import { pathOf } from './target.ts'
import { createViteSite, MODULES } from './vite-site.ts'

/** VitePress's own first module in the page. */
const CLIENT_ENTRY = join(MODULES, 'vitepress/dist/client/app/index.js')

/** What a page's HTML names, and what its style does. */
const ENTRIES = [`/@fs${CLIENT_ENTRY}`, '/@vite/client', '/@vite/env', ...fonts()]

export interface DevSiteOptions {
  /** The folder of `.vitepress`. */
  root: string
  /** The port of the server it is mounted on. */
  port: number
  log: (line: string) => void
}

export interface DevSite extends Site {
  /** Resolves when a page's modules are ready, or cannot be made. */
  warm: Promise<void>
}

/** Starts at once, in the background. When `.vitepress/config.ts` or what it imports changes, it starts anew. */
export function createDevSite({ root, port, log }: DevSiteOptions): DevSite {
  // Vite takes any upgrade of the server it is given. So it gets one that never listens: what reaches that one,
  // the guard has let in.
  const upgrades = createServer()
  const site = createViteSite({
    root,
    port,
    upgrades,
    entry: ENTRIES[0]!,
    plugins: [prepared(), opening()],
    log,
  })
  const warm = site.open().then(
    () => site.warmed(),
    () => {},
  )

  return {
    warm,
    async handle(request, response, host) {
      const vite = await site.open().catch(() => undefined)
      if (!vite) {
        refuseRequest(response, { status: 503, reason: 'the site cannot be started; the terminal says why' })
        return
      }
      const asked = {
        target: request.url ?? '/',
        accept: request.headers.accept,
        destination: request.headers['sec-fetch-dest']?.toString(),
      }
      const look = () => passage(asked, vite, ENTRIES, site.docs())
      let found = await look()
      if (found === undefined) {
        await site.warmed()
        found = await look()
      }
      if (found === undefined) {
        refuseRequest(response, { status: 404, reason: 'no such page' })
        return
      }
      const now = found === 'page' ? whereNow(root, pathOf(request.url)) : undefined
      if (now !== undefined) {
        response.writeHead(302, { Location: now }).end()
        return
      }
      // Every page begins with the same one; what was asked for means nothing to Vite.
      if (found === 'page') {
        request.url = '/index.html'
        request.headers.accept = 'text/html'
      }
      // After a restart Vite's client waits for the new site in a worker that it makes from a blob.
      allowInlineScripts(response, host, { scripts: site.headScripts(), workers: ['blob:'] })
      vite.middlewares(request, response, (error?: unknown) => end(response, error))
    },
    async upgrade(request, socket, head) {
      const vite = await site.open().catch(() => undefined)
      if (!vite || socket.destroyed) return false
      // Vite keeps a socket for another path open without ever answering.
      if (pathOf(request.url) !== vite.config.base) return false
      void vite.environments.client?.waitForRequestsIdle().then(site.startSearch)
      const taken = upgrades.emit('upgrade', request, socket, head)
      boundTalk(socket)
      return taken
    },
    close: site.close,
  }
}

/** Bytes that a page may say in a minute, where nothing that it says counts: Vite's client says 21 twice. */
const MOST_TALK = 4096

/** Vite's socket gathers a message of 100 MB, and answers pings that nobody reads, for all who have no key. */
function boundTalk(socket: Duplex): void {
  let said = 0
  const forget = setInterval(() => {
    said = 0
  }, 60_000).unref()
  socket.once('close', () => clearInterval(forget))
  socket.on('data', (bytes: Buffer) => {
    said += bytes.length
    if (said > MOST_TALK) socket.destroy()
  })
}

/** The address of a lesson that has moved. */
function whereNow(root: string, path: string): string | undefined {
  if (!path.startsWith('/lessons/')) return undefined
  try {
    return movedLessons(readCourse(root)).get(path.replace(/\.html$/, ''))
  } catch {
    // A mistake in course.yaml: the site itself says which.
    return undefined
  }
}

const EDITOR = ['lang-javascript', 'lang-python', 'language', 'merge', 'state', 'view'].map(
  name => `@codemirror/${name}`,
)
const TERMINAL = ['@xterm/xterm', '@xterm/addon-fit', '@xterm/addon-web-links']

/** Dependencies that the theme imports late: found only then, each would cost the first page a second. */
function prepared(): Plugin {
  return {
    name: 'playground:prepared',
    config: () => ({
      optimizeDeps: { include: ['valibot', ...TERMINAL, 'codemirror', '@lezer/highlight', ...EDITOR] },
    }),
  }
}

const APP = '<div id="app">'
/** In the system's theme: the reader's own is known later. */
const MOMENT =
  '<p style="position: fixed; inset: 0; display: grid; place-content: center; margin: 0; font: 1rem system-ui; color-scheme: light dark; background: Canvas; color: CanvasText">One moment: your browser is fetching the pages …</p>'

/** A browser takes seconds for the hundreds of modules of a first page. What it shows meanwhile, Vue takes away. */
function opening(): Plugin {
  return {
    name: 'playground:opening',
    transformIndexHtml: html => html.replace(APP, APP + MOMENT),
  }
}

/** What none of Vite's middlewares has answered. */
function end(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const failed = error !== undefined || response.statusCode === 500
  refuseRequest(
    response,
    failed
      ? { status: 500, reason: 'the terminal says what failed' }
      : { status: 404, reason: 'no such page' },
  )
}

/** Vite knows modules and not what they show. */
function fonts(): string[] {
  const folder = join(import.meta.dirname, '../../.vitepress/theme/fonts')
  const names = readdirSync(folder).filter(name => name.endsWith('.woff2'))
  return names.map(name => `/@fs${join(folder, name)}`)
}
