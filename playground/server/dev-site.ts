/**
 * VitePress in development, mounted on the server that the shells hang on: VitePress may restart itself as often as
 * it likes, the shells stay.
 */
import { createServer, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Connect, Plugin, ViteDevServer } from 'vite'
import type { SiteConfig } from 'vitepress'
import { allowInlineScripts, scriptHash } from './csp.ts'
import { cleanLine, passage } from './dev-gate.ts'
import { createFileWatch } from './file-watch.ts'
import { refuseRequest } from './refusal.ts'
import type { Site } from './site.ts'

const MODULES = join(import.meta.dirname, '../../node_modules')
/** VitePress's own first module in the page. */
const CLIENT_ENTRY = join(MODULES, 'vitepress/dist/client/app/index.js')

/** What a page's HTML names. */
const ENTRIES = [`/@fs${CLIENT_ENTRY}`, '/@vite/client', '/@vite/env']

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

/** Private to Vite, which is pinned: what a module imports before it runs. */
interface WithImports {
  staticImportedUrls?: Set<string>
}

/** Starts at once, in the background. When `.vitepress/config.ts` or what it imports changes, it starts anew. */
export function createDevSite({ root, port, log }: DevSiteOptions): DevSite {
  // Vite takes any upgrade of the server it is given. So it gets one that never listens: what reaches that one,
  // the guard has let in.
  const upgrades = createServer()
  let current: Promise<ViteDevServer> | undefined
  let headScripts: string[] = []
  let said: string | undefined
  let replacing: Promise<void> | undefined
  let changed = false
  let closed = false
  let docs = root
  /** The modules that every page begins with are known. */
  let warmed: Promise<void> = Promise.resolve()
  const search = createSearchDelay()
  const watch = createFileWatch(change)

  /** The site; a new try where the last one failed, so that reloading the page is enough once it is mended. */
  function open(): Promise<ViteDevServer> {
    return current ?? hold(start())
  }

  function hold(opening: Promise<ViteDevServer>): Promise<ViteDevServer> {
    current = opening
    opening.then(
      () => {
        said = undefined
      },
      (error: unknown) => {
        if (current === opening) current = undefined
        say('the site cannot be started', error)
      },
    )
    return opening
  }

  async function start(resolved?: SiteConfig): Promise<ViteDevServer> {
    // Loaded here, not above: they take longer than all else, and the port answers meanwhile.
    const [vite, vitepress] = await Promise.all([import('vite'), import('vitepress')])
    const config = resolved ?? (await resolve())
    if (closed) throw new Error('the server is closing')
    config.logger = vite.createLogger('info', {
      prefix: '[site]',
      allowClearScreen: false,
      console: toConsole(log),
    })
    config.vite = {
      ...config.vite,
      plugins: [...(config.vite?.plugins ?? []), strict(config), prepared(), search.plugin],
    }
    headScripts = inlineScriptsOf(config)
    // Without this a changed Markdown rule never appears.
    vitepress.disposeMdItInstance()
    const server = {
      middlewareMode: true,
      ws: { server: upgrades },
      host: '127.0.0.1',
      port,
      // By default Vite lets pages of every port of this machine read its answers.
      cors: false,
    }
    // VitePress asks for a restart too: `watch` has seen it already.
    const site = await vitepress.createServer(root, server, async () => {}, config)
    docs = config.srcDir
    warmed = warmUp(site)
    return site
  }

  async function resolve(): Promise<SiteConfig> {
    const { resolveConfig } = await import('vitepress')
    const config = await resolveConfig(root)
    const { configPath, configDeps } = config
    if (!closed) watch.follow(configPath ? [configPath, ...configDeps] : [])
    return config
  }

  function change(): void {
    changed = true
    replacing ??= replace().finally(() => {
      replacing = undefined
    })
  }

  async function replace(): Promise<void> {
    while (changed && !closed) {
      changed = false
      const config = await resolve().catch((error: unknown) => {
        say('the site stays as it was', error)
      })
      if (!config) continue
      const old = current
      // One after the other: two at once would write the same cache. Requests wait for the new one.
      const next = async () => {
        const running = await old?.catch(() => undefined)
        await running?.close()
        return start(config)
      }
      await hold(next()).then(
        () => log('the site has started anew'),
        // `hold` has said it.
        () => {},
      )
    }
  }

  /** Once, however often the page asks meanwhile. */
  function say(what: string, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error)
    const line = `${what}: ${message}`
    if (line !== said && !closed) log(line)
    said = line
  }

  /**
   * What a page loads is made ready before the reader opens it, each module with those it imports. Not by Vite's own
   * waiting for that: it takes 50 ms without a request for the end, which on a busy machine they are not.
   */
  async function warmUp({ environments: { client } }: ViteDevServer): Promise<void> {
    const begun = new Set<string>()
    const crawl = async (url: string): Promise<void> => {
      if (begun.has(url)) return
      begun.add(url)
      // The page that asks for what cannot be made hears of it.
      await client.transformRequest(url).catch(() => {})
      const module = (await client.moduleGraph.getModuleByUrl(url)) as WithImports | undefined
      await Promise.all([...(module?.staticImportedUrls ?? [])].map(crawl))
    }
    await crawl(`/@fs${CLIENT_ENTRY}`)
  }

  const warm = open().then(
    () => warmed,
    () => {},
  )

  return {
    warm,
    async handle(request, response, host) {
      const vite = await open().catch(() => undefined)
      if (!vite) {
        refuseRequest(response, { status: 503, reason: 'the site cannot be started; the terminal says why' })
        return
      }
      const asked = {
        target: request.url ?? '/',
        accept: request.headers.accept,
        destination: request.headers['sec-fetch-dest']?.toString(),
      }
      const look = () => passage(asked, vite, ENTRIES, docs)
      let found = await look()
      if (found === undefined) {
        await warmed
        found = await look()
      }
      if (found === undefined) {
        refuseRequest(response, { status: 404, reason: 'no such page' })
        return
      }
      // Every page begins with the same one; what was asked for means nothing to Vite.
      if (found === 'page') {
        request.url = '/index.html'
        request.headers.accept = 'text/html'
      }
      // After a restart Vite's client waits for the new site in a worker that it makes from a blob.
      allowInlineScripts(response, host, { scripts: headScripts, workers: ['blob:'] })
      vite.middlewares(request, response, (error?: unknown) => end(response, error))
    },
    async upgrade(request, socket, head) {
      const vite = await open().catch(() => undefined)
      if (!vite || socket.destroyed) return false
      // Vite keeps a socket for another path open without ever answering.
      if (request.url?.replace(/\?.*$/, '') !== vite.config.base) return false
      void vite.environments.client?.waitForRequestsIdle().then(search.start)
      return upgrades.emit('upgrade', request, socket, head)
    },
    async close() {
      closed = true
      watch.close()
      await replacing
      const vite = await current?.catch(() => undefined)
      await vite?.close()
    },
  }
}

/** Settings that no configuration of the site may loosen. */
function strict(config: SiteConfig): Plugin {
  return {
    name: 'playground:strict',
    configResolved({ server }) {
      server.fs.strict = true
      // VitePress allows the whole workspace, which is taken from the working directory. Modules that a page imports
      // are served from anywhere; which these are, `dev-gate.ts` knows.
      server.fs.allow = [config.srcDir, join(config.root, '.vitepress'), MODULES]
    },
    configureServer({ middlewares, ws }) {
      // Whoever reads the token from Vite's client, which needs no key, could make every page load again.
      ws.on('connection', (socket: { removeAllListeners(event: string): void }) =>
        socket.removeAllListeners('message'),
      )
      return () => {
        // It starts the user's editor for anyone who asks.
        middlewares.stack = middlewares.stack.filter(({ route }) => route !== '/__open-in-editor')
        // Vite logs an error, tells the page, and passes the request on as if nobody knew its path.
        const fail: Connect.ErrorHandleFunction = (error, _request, response, next) => {
          response.statusCode = 500
          next(error)
        }
        middlewares.use(fail)
      }
    },
  }
}

/**
 * VitePress renders every page for the search when it starts, which the first reader would wait for. Here that
 * waits until a page is there; one that has opened its search by then is told of the index by an update.
 */
function createSearchDelay(): { plugin: Plugin; start: () => void } {
  let index: (() => void) | undefined
  const plugin: Plugin = {
    name: 'playground:search-delay',
    configResolved({ plugins }) {
      const search = plugins.find(({ name }) => name === 'vitepress:local-search') as Plugin | undefined
      const original = search?.configureServer
      if (!search || typeof original !== 'function') return
      search.configureServer = function (server) {
        index = () => void original.call(this, server)
      }
    },
  }
  return {
    plugin,
    start() {
      index?.()
      index = undefined
    },
  }
}

/** Dependencies that the theme imports late: found only then, each would cost the first page a second. */
function prepared(): Plugin {
  return {
    name: 'playground:prepared',
    config: () => ({
      optimizeDeps: { include: ['valibot', '@xterm/xterm', '@xterm/addon-fit', '@xterm/addon-web-links'] },
    }),
  }
}

/** In development VitePress's client inserts what belongs in every page's head. */
function inlineScriptsOf({ site }: SiteConfig): string[] {
  return site.head.flatMap(([tag, , text]) => (tag === 'script' && text ? [scriptHash(text)] : []))
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

/** Vite writes to a console, also what a request has said. */
function toConsole(log: (line: string) => void): Console {
  const say = (text: unknown) => log(cleanLine(String(text)))
  return { ...console, log: say, info: say, warn: say, error: say }
}
