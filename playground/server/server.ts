/** One process, one port, one owner: the HTTP server that pages and panes hang on. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Health } from '../protocol.ts'
import { StartError } from '../start-error.ts'
import type { Seat } from '../workbench/seat.ts'
import { createGuard } from './guard.ts'
import { createRefusalLog } from './refusal.ts'
import { attachRoutes } from './routes.ts'
import type { Site } from './site.ts'
import { MAX_SEAT_SOCKETS, MAX_SITE_SOCKETS } from './upgrades.ts'

/** Ports that are tried, beginning with the one asked for. */
const MAX_PORTS = 20
/** Bytes of a request line and its headers. */
const MAX_HEADERS = 16 * 1024
/** Connections open at once besides the sockets that are allowed; a browser has six for pages. */
const MAX_PAGE_CONNECTIONS = 384
/** Answers on their way at once. */
const MAX_ANSWERS = 128
/** What a request's headers may take, and all of it with its body. Milliseconds. */
const HEADERS_MS = 5000
const REQUEST_MS = 20_000
/** How often that is looked at. Milliseconds. */
const LOOK_EVERY = 1000

export interface PlaygroundOptions {
  /** Loopback. */
  host: '127.0.0.1' | '::1'
  /** Taken: the next free one. 0: any free one. */
  port: number
  /** By key: whose workbenches it opens. The server closes them. */
  seats: ReadonlyMap<string, Seat>
  health: Health
  /** Called when the port is known. The server closes what it returns. */
  createSite: (port: number) => Site
  log: (line: string) => void
}

export interface Playground {
  port: number
  /** Lets nobody in any more, ends every shell, then the site, then the server. Resolves when all of it is over. */
  close(): Promise<void>
}

/**
 * Listens, and answers from then on; pages wait for the site.
 *
 * @throws {StartError} when no port can be had
 */
export async function createPlayground(options: PlaygroundOptions): Promise<Playground> {
  const { seats, health, log } = options
  const server = createServer({
    maxHeaderSize: MAX_HEADERS,
    headersTimeout: HEADERS_MS,
    requestTimeout: REQUEST_MS,
    connectionsCheckingInterval: LOOK_EVERY,
    // The guard refuses such requests itself, and says so.
    requireHostHeader: false,
  })
  const sockets = boundConnections(
    server,
    MAX_PAGE_CONNECTIONS + MAX_SITE_SOCKETS + seats.size * MAX_SEAT_SOCKETS,
  )
  const port = await listen(server, options)
  server.on('error', error => log(`the server: ${error.message}`))
  const site = options.createSite(port)
  const stop = attachRoutes(server, {
    guard: createGuard(port, seats),
    site,
    health,
    log,
    refused: createRefusalLog(log, [...seats.keys()]),
  })

  async function close(): Promise<void> {
    stop()
    const closed = once(server, 'close')
    server.close()
    await Promise.all([...seats.values()].map(seat => seat.close()))
    await site.close()
    // Node's closeAllConnections knows nothing of what has been upgraded.
    for (const socket of sockets) socket.destroySoon()
    await closed
  }

  let closing: Promise<void> | undefined
  return {
    port,
    close() {
      closing ??= close()
      return closing
    },
  }
}

/**
 * Where there are too many connections, the one that has asked for nothing the longest makes room, and where too
 * many are being answered, the one that has been for the longest: who only holds them, or does not read, keeps
 * nobody out. Nor does who asks for many things before the first has come, as no browser does.
 *
 * @returns those that are open
 */
function boundConnections(server: Server, most: number): ReadonlySet<Socket> {
  const open = new Set<Socket>()
  /** Nothing of theirs is being answered; by the time since when. */
  const silent = new Set<Socket>()
  /** By the time since when. */
  const answered = new Set<Socket>()
  const end = (socket?: Socket) => {
    if (!socket) return
    for (const set of [open, silent, answered]) set.delete(socket)
    socket.destroy()
  }
  server.on('connection', socket => {
    open.add(socket)
    silent.add(socket)
    socket.once('close', () => end(socket))
    const [longest] = silent
    if (open.size > most) end(longest)
  })
  server.on('request', ({ socket }, response) => {
    if (answered.has(socket)) return end(socket)
    silent.delete(socket)
    answered.add(socket)
    const [longest] = answered
    if (answered.size > MAX_ANSWERS) end(longest)
    response.once('close', () => {
      answered.delete(socket)
      if (open.has(socket)) silent.add(socket)
    })
  })
  // What has been upgraded is a page's for good, or ends soon.
  server.on('upgrade', ({ socket }) => silent.delete(socket))
  return open
}

async function listen(server: Server, { host, port, log }: PlaygroundOptions): Promise<number> {
  const last = port === 0 ? 0 : Math.min(port + MAX_PORTS - 1, 65_535)
  for (let next = port; next <= last; next++) {
    try {
      server.listen(next, host)
      await once(server, 'listening')
      const { port: got } = server.address() as AddressInfo
      if (port !== 0 && got !== port) log(`port ${port} is taken; this is ${got}`)
      return got
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code !== 'EADDRINUSE') throw new StartError(`port ${next} cannot be had: ${message}`)
    }
  }
  throw new StartError(`ports ${port} to ${last} are taken; choose one with --port`)
}
