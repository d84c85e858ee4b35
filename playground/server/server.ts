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

/** Ports that are tried, beginning with the one asked for. */
const MAX_PORTS = 20
/** Bytes of a request line and its headers. */
const MAX_HEADERS = 16 * 1024
/** Connections open at once; a browser has six for pages and one for each socket. */
const MAX_CONNECTIONS = 512
/** What a request's headers may take, and all of it: nothing here takes a body. Milliseconds. */
const HEADERS_MS = 5000
const REQUEST_MS = 20_000
/** How often that is looked at. Milliseconds. */
const LOOK_EVERY = 1000

export interface PlaygroundOptions {
  /** Loopback. */
  host: '127.0.0.1' | '::1'
  /** Taken: the next free one. 0: any free one. */
  port: number
  key: string
  /** Whose workbenches the key opens. The server closes it. */
  seat: Seat
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
  const { key, seat, health, log } = options
  const server = createServer({
    maxHeaderSize: MAX_HEADERS,
    headersTimeout: HEADERS_MS,
    requestTimeout: REQUEST_MS,
    connectionsCheckingInterval: LOOK_EVERY,
    // The guard refuses such requests itself, and says so.
    requireHostHeader: false,
  })
  const sockets = boundConnections(server)
  const port = await listen(server, options)
  server.on('error', error => log(`the server: ${error.message}`))
  const site = options.createSite(port)
  const stop = attachRoutes(server, {
    guard: createGuard(port, new Map([[key, seat]])),
    site,
    health,
    log,
    refused: createRefusalLog(log, [key]),
  })

  async function close(): Promise<void> {
    stop()
    const closed = once(server, 'close')
    server.close()
    await seat.close()
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
 * Where there are too many connections, the one that has asked for nothing the longest makes room: who only holds
 * them keeps nobody out.
 *
 * @returns those that are open
 */
function boundConnections(server: Server): ReadonlySet<Socket> {
  const open = new Set<Socket>()
  /** Nothing of theirs is being answered; by the time since when. */
  const silent = new Set<Socket>()
  server.on('connection', socket => {
    open.add(socket)
    silent.add(socket)
    socket.once('close', () => {
      open.delete(socket)
      silent.delete(socket)
    })
    if (open.size <= MAX_CONNECTIONS) return
    const [first] = silent
    open.delete(first!)
    silent.delete(first!)
    first!.destroy()
  })
  server.on('request', ({ socket }, response) => {
    silent.delete(socket)
    response.once('close', () => {
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
