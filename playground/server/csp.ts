/** What a page may load and run. The key lies in the page's storage: it is only as safe as the page's scripts. */
import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'

/** What one page needs beyond what every page may do: source expressions. */
export interface PageSources {
  /** Hashes of inline scripts, as `inlineScriptHashes` gives them. */
  scripts?: readonly string[]
  workers?: readonly string[]
}

/**
 * The Content-Security-Policy of a response.
 *
 * @param host the Host that the request named and the guard allowed
 */
export function contentSecurityPolicy(
  host: string,
  { scripts = [], workers = [] }: PageSources = {},
): string {
  return [
    "default-src 'none'",
    `script-src ${["'self'", ...scripts].join(' ')}`,
    `worker-src ${["'self'", ...workers].join(' ')}`,
    // Vue, xterm.js and CodeMirror set styles from scripts.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    // Not every browser counts ws: to the same host as 'self'.
    `connect-src 'self' ws://${host}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "object-src 'none'",
  ].join('; ')
}

/** `'sha256-…'` of each script element without `src`, in order, without repetition. */
export function inlineScriptHashes(html: string): string[] {
  const hashes = new Set<string>()
  for (const [, attributes = '', text = ''] of html.matchAll(SCRIPT)) {
    if (/(?:^|\s)src\s*=/i.test(attributes)) continue
    // The HTML parser turns CR LF and CR into LF before a script is hashed.
    hashes.add(scriptHash(text.replace(/\r\n?/g, '\n')))
  }
  return [...hashes]
}

const SCRIPT = /<script((?:\s(?:"[^"]*"|'[^']*'|[^"'>])*)?)>(.*?)<\/script\s*>/gis

/** The source expression that allows one inline script. */
export function scriptHash(source: string): string {
  return `'sha256-${createHash('sha256').update(source).digest('base64')}'`
}

/** On every response; a file that is no page but is opened as one gets a policy as well. */
export function setSecurityHeaders(response: ServerResponse, host: string): void {
  response.setHeader('Content-Security-Policy', contentSecurityPolicy(host))
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader('Referrer-Policy', 'no-referrer')
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
}

/**
 * For pages that are made per request: allows the inline scripts of the page that `response` will end with.
 * A page sent in pieces keeps the policy without them.
 *
 * @param more what is not in the page's text, such as scripts that its scripts insert
 */
export function allowInlineScripts(response: ServerResponse, host: string, more: PageSources): void {
  const end = response.end
  response.end = function (this: ServerResponse, ...args: unknown[]) {
    const page = args[0]
    const isPage = String(response.getHeader('content-type') ?? '').startsWith('text/html')
    if (isPage && !response.headersSent && (typeof page === 'string' || Buffer.isBuffer(page))) {
      const policy = contentSecurityPolicy(host, {
        ...more,
        scripts: [...inlineScriptHashes(String(page)), ...(more.scripts ?? [])],
      })
      response.setHeader('Content-Security-Policy', policy)
    }
    return Reflect.apply(end, response, args)
  } as typeof response.end
}
