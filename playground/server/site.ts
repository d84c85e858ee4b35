/** The pages: public text, read without a key. Served from VitePress in development, from built files otherwise. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import sirv from 'sirv'
import { StartError } from '../start-error.ts'
import { contentSecurityPolicy, inlineScriptHashes, type PageSources } from './csp.ts'
import { pathOf } from './target.ts'

export interface Site {
  /**
   * Answers a request that the guard let in, as soon as there are pages.
   *
   * @param host the Host it named
   */
  handle(request: IncomingMessage, response: ServerResponse, host: string): Promise<void>
  /** Takes an upgrade for one of Vite's own sockets, which the guard let in. False: nobody here wants it. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<boolean>
  close(): Promise<void>
}

/**
 * Serves what `vitepress build` has left, as it was at the start.
 *
 * @param root the folder of `.vitepress`
 * @throws {StartError} when nothing has been built
 */
export function createBuiltSite(root: string): Site {
  const dist = join(root, '.vitepress', 'dist')
  if (!existsSync(join(dist, 'index.html'))) throw new StartError(`${dist} holds no site; run: npm run build`)
  const pages = readPages(dist)
  const missing = readFileSync(join(dist, '404.html'))
  const serve = sirv(dist, {
    // What the build has compressed: a page of a lesson is a tenth.
    gzip: true,
    setHeaders(response, path) {
      // Names under assets/ change with what is in the file; all else is looked at again.
      const isAsset = path.startsWith('/assets/')
      response.setHeader('Cache-Control', isAsset ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })

  return {
    async handle(request, response, host) {
      const page = pages.get(pageOf(request.url ?? '/', pages))
      if (page) response.setHeader('Content-Security-Policy', contentSecurityPolicy(host, page))
      // Nothing here needs a part of a file, and sirv throws on a range that ends before it starts.
      delete request.headers.range
      serve(request, response, () => {
        response.setHeader('Content-Security-Policy', contentSecurityPolicy(host, pages.get('/404.html')))
        response.writeHead(404, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' })
        response.end(missing)
      })
    },
    upgrade: async () => false,
    close: async () => {},
  }
}

/** What each page needs: `/lessons/01-bind-conflict.html` → the hashes of its inline scripts. */
function readPages(dist: string): Map<string, PageSources> {
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' })
  const html = files.filter(file => file.endsWith('.html'))
  return new Map(
    html.map(file => [
      `/${file.replaceAll('\\', '/')}`,
      { scripts: inlineScriptHashes(readFileSync(join(dist, file), 'utf8')) },
    ]),
  )
}

/** The page that sirv finds for a request target, or one that is not there. */
function pageOf(target: string, pages: ReadonlyMap<string, unknown>): string {
  const path = decode(pathOf(target))
  const bare = path.replace(/\/$/, '')
  return [path, `${bare}/index.html`, `${bare}.html`].find(name => pages.has(name)) ?? path
}

function decode(path: string): string {
  try {
    return decodeURI(path)
  } catch {
    return path
  }
}
