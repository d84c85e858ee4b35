/**
 * Who may come in, and as which seat. Pure: it sees what a request says of itself and answers; it starts nothing.
 *
 * Loopback is not a lock. Every user of the machine reaches it, and so does every page that the browser has open;
 * a name of somebody else's can be made to point here (DNS rebinding). Hence three questions: is this server the
 * one that was called (Host), who asks (Origin, Sec-Fetch-Site), and do they hold a key. No cookie: the browser
 * would add it to requests that others start.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { SUBPROTOCOL } from '../protocol.ts'
import type { Refusal } from './refusal.ts'
import { pathOf } from './target.ts'

/** What a request says of itself. */
export interface Facts {
  method: string
  /** As on the request line, with its query. */
  target: string
  upgrade: boolean
  /** Lower-case names; every value that came, in order. */
  headers: Readonly<Record<string, readonly string[] | undefined>>
}

type Admission<Seat> =
  /** May read what is public: pages, health, and the development site's update socket. */
  | { as: 'reader'; host: string }
  /** Holds the key of this seat. */
  | { as: 'seat'; host: string; seat: Seat }

export type Guard<Seat> = (facts: Facts) => Admission<Seat> | Refusal

/** Subprotocols of Vite's own socket, whose client in the page cannot send our key. */
const VITE_SUBPROTOCOLS = ['vite-hmr', 'vite-ping']

/**
 * @param port the port this server listens on
 * @param seats one entry for each key of 128 bits or more; alone there is one
 */
export function createGuard<Seat>(port: number, seats: ReadonlyMap<string, Seat>): Guard<Seat> {
  const names = ['127.0.0.1', 'localhost', '[::1]']
  // A browser leaves out the port that is its scheme's own.
  const hosts = [...names.map(name => `${name}:${port}`), ...(port === 80 ? names : [])]
  const entries = [...seats].map(([key, seat]) => ({ digest: digest(key), seat }))

  return facts => {
    if (!/^\/[\x21\x22\x24-\x7e]*$/.test(facts.target))
      return refusal(400, 'the request target is not a path')
    const host = single(facts.headers.host)
    if (host === undefined || !isHost(host)) {
      return refusal(400, 'the Host header is missing, doubled or malformed', host)
    }
    if (!hosts.includes(host)) {
      return refusal(
        403,
        'this server goes by other names; a tunnel to it needs the same port on both ends',
        host,
      )
    }
    const stranger = strangerIn(facts, host)
    if (stranger) return stranger
    if (isPublic(facts)) return { as: 'reader', host }

    const key = facts.upgrade ? keyInSubprotocols(facts) : keyInAuthorization(facts)
    if (typeof key === 'object') return key
    const offered = digest(key)
    let found: (typeof entries)[number] | undefined
    // Every entry is compared, whole: the time it takes says nothing about the keys.
    for (const entry of entries) if (timingSafeEqual(entry.digest, offered)) found = entry
    return found
      ? { as: 'seat', host, seat: found.seat }
      : refusal(401, 'this key does not open anything; open the link that the start printed')
  }
}

export function factsOf(request: IncomingMessage, upgrade: boolean): Facts {
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    upgrade,
    headers: request.headersDistinct,
  }
}

/** The subprotocols offered, or undefined where the header is missing or doubled. */
function subprotocolsIn({ headers }: Facts): string[] | undefined {
  return single(headers['sec-websocket-protocol'])
    ?.split(',')
    .map(name => name.trim())
}

/** Whether a socket that only Vite can take is asked for. */
export function isViteUpgrade(facts: Facts): boolean {
  const offered = subprotocolsIn(facts)
  return facts.upgrade && offered?.length === 1 && VITE_SUBPROTOCOLS.includes(offered[0] ?? '')
}

function strangerIn({ method, upgrade, headers }: Facts, host: string): Refusal | undefined {
  if (headers.origin) {
    const origin = single(headers.origin)
    if (origin === undefined || !isOrigin(origin)) {
      return refusal(400, 'the Origin header is doubled or malformed', origin)
    }
    if (origin !== `http://${host}`)
      return refusal(403, 'the request comes from a page of another origin', origin)
  } else if (upgrade) {
    return refusal(403, 'an upgrade needs the Origin of a page of this server')
  }
  if (upgrade) {
    // Browsers disagree on what Sec-Fetch-Site is between http: and ws:; here the Origin has been proven.
    return method === 'GET' ? undefined : { status: 405, reason: 'an upgrade is a GET', allow: 'GET' }
  }
  const site = headers['sec-fetch-site']?.join()
  if (site === undefined || site === 'same-origin' || site === 'none') return undefined
  const isLink =
    method === 'GET' &&
    headers['sec-fetch-mode']?.join() === 'navigate' &&
    headers['sec-fetch-dest']?.join() === 'document'
  return isLink ? undefined : refusal(403, 'the request was started by a page of another site', site)
}

function isPublic(facts: Facts): boolean {
  if (facts.upgrade) return isViteUpgrade(facts)
  const path = pathOf(facts.target)
  return path === '/api/health' || !(path === '/api' || path.startsWith('/api/'))
}

function keyInSubprotocols(facts: Facts): string | Refusal {
  const offered = subprotocolsIn(facts) ?? []
  const keys = offered.filter(name => name.startsWith('key.'))
  if (keys.length !== 1) return refusal(401, 'an upgrade needs one subprotocol key.KEY')
  if (offered.filter(name => name === SUBPROTOCOL).length !== 1) {
    return refusal(400, `an upgrade needs the subprotocol ${SUBPROTOCOL}`)
  }
  return keys[0]!.slice('key.'.length)
}

function keyInAuthorization({ headers }: Facts): string | Refusal {
  const bearer = /^Bearer ([\x21-\x7e]+)$/i.exec(single(headers.authorization) ?? '')
  return bearer
    ? bearer[1]!
    : refusal(401, 'everything under /api/ but health needs Authorization: Bearer KEY')
}

/** Of equal length for keys of any length, as `timingSafeEqual` needs. */
function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

function single(values: readonly string[] | undefined): string | undefined {
  return values?.length === 1 ? values[0] : undefined
}

const HOST = /(?:\[[0-9a-fA-F:.]{2,45}\]|[0-9a-zA-Z._-]{1,253})(?::\d{1,5})?/.source
const hostPattern = new RegExp(`^${HOST}$`)
const originPattern = new RegExp(`^(?:null|[a-zA-Z][a-zA-Z0-9+.-]{0,31}://${HOST})$`)

function isHost(text: string): boolean {
  return hostPattern.test(text)
}

function isOrigin(text: string): boolean {
  return originPattern.test(text)
}

function refusal(status: number, reason: string, saw?: string): Refusal {
  return { status, reason, saw }
}
