/** VitePress as it runs now, held by who mounts it; when its configuration changes, another takes its place. */
import type { Server } from 'node:http'
import { join } from 'node:path'
import type { Connect, Plugin, ViteDevServer } from 'vite'
import type { SiteConfig } from 'vitepress'
import { scriptHash } from './csp.ts'
import { cleanLine } from './dev-gate.ts'
import { createFileWatch } from './file-watch.ts'

export const MODULES = join(import.meta.dirname, '../../node_modules')

export interface ViteSiteOptions {
  /** The folder of `.vitepress`. */
  root: string
  /** The port of the server it is mounted on. */
  port: number
  /** Gets the upgrades that are for Vite. */
  upgrades: Server
  /** The address of the module that every page begins with. */
  entry: string
  plugins: Plugin[]
  log: (line: string) => void
}

export interface ViteSite {
  /** The site; a new try where the last one failed, so that reloading the page is enough once it is mended. */
  open(): Promise<ViteDevServer>
  /** Resolves when the modules that every page begins with are known, or cannot be made. */
  warmed(): Promise<void>
  /** The folder of its pages. */
  docs(): string
  /** Hashes of the scripts in every page's head. */
  headScripts(): string[]
  /** Call it once a page is there. */
  startSearch(): void
  close(): Promise<void>
}

/** Private to Vite, which is pinned: what a module imports before it runs. */
interface WithImports {
  staticImportedUrls?: Set<string>
}

/** It starts with the first `open`. */
export function createViteSite(options: ViteSiteOptions): ViteSite {
  const { root, port, upgrades, entry, plugins, log } = options
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
    const console = toConsole(log)
    config.logger = vite.createLogger('info', { prefix: '[site]', allowClearScreen: false, console })
    config.vite = {
      ...config.vite,
      plugins: [...(config.vite?.plugins ?? []), strict(config), search.plugin, ...plugins],
    }
    headScripts = inlineScriptsOf(config)
    // Without this a changed Markdown rule never appears.
    vitepress.disposeMdItInstance()
    // By default Vite lets pages of every port of this machine read its answers.
    const server = { middlewareMode: true, ws: { server: upgrades }, host: '127.0.0.1', port, cors: false }
    // VitePress asks for a restart too: `watch` has seen it already.
    const site = await vitepress.createServer(root, server, async () => {}, config)
    docs = config.srcDir
    warmed = warmUp(site, entry)
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

  return {
    open,
    warmed: () => warmed,
    docs: () => docs,
    headScripts: () => headScripts,
    startSearch: search.start,
    async close() {
      closed = true
      watch.close()
      await replacing
      const vite = await current?.catch(() => undefined)
      await vite?.close()
    },
  }
}

/**
 * What a page loads is made ready before the reader opens it, each module with those it imports. Not by Vite's own
 * waiting for that: it takes 50 ms without a request for the end, which on a busy machine they are not.
 */
async function warmUp({ environments: { client } }: ViteDevServer, entry: string): Promise<void> {
  const begun = new Set<string>()
  const crawl = async (url: string): Promise<void> => {
    if (begun.has(url)) return
    begun.add(url)
    // The page that asks for what cannot be made hears of it.
    await client.transformRequest(url).catch(() => {})
    const module = (await client.moduleGraph.getModuleByUrl(url)) as WithImports | undefined
    await Promise.all([...(module?.staticImportedUrls ?? [])].map(crawl))
  }
  await crawl(entry)
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

/** In development VitePress's client inserts what belongs in every page's head. */
function inlineScriptsOf({ site }: SiteConfig): string[] {
  return site.head.flatMap(([tag, , text]) => (tag === 'script' && text ? [scriptHash(text)] : []))
}

/** Vite writes to a console, also what a request has said. */
function toConsole(log: (line: string) => void): Console {
  const say = (text: unknown) => log(cleanLine(String(text)))
  return { ...console, log: say, info: say, warn: say, error: say }
}
