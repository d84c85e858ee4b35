/** What the server answers: pages to everyone, and to who holds a key their panes. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { type Health, MAX_FRAME, SUBPROTOCOL } from '../protocol.ts'
import type { Seat } from '../workbench/seat.ts'
import { setSecurityHeaders } from './csp.ts'
import { factsOf, type Guard, isViteUpgrade } from './guard.ts'
import { type Refusal, type RefusalLog, refuseRequest, refuseSocket } from './refusal.ts'
import type { Site } from './site.ts'

/** Sockets open to panes and machines at once, those on their way in counted: a page has a handful, a browser some tabs. */
export const MAX_PANE_SOCKETS = 64
/** Sockets open to the development site at once: one for each tab. */
export const MAX_SITE_SOCKETS = 64

export interface Routes {
  guard: Guard<Seat>
  site: Site
  health: Health
  log: (line: string) => void
  refused: RefusalLog
}

/**
 * Joins the server that the caller owns.
 *
 * @returns `stop`: turns away whatever comes from then on, 503
 */
export function attachRoutes(server: Server, routes: Routes): () => void {
  const { guard, log, refused } = routes
  const upgrades = createUpgrades(routes)
  let stopped: Refusal | undefined

  server.on('request', (request, response) => {
    const refuse = (refusal: Refusal) => {
      refused(refusal, request)
      refuseRequest(response, refusal)
    }
    answer(request, response, refuse).catch((error: unknown) => {
      log(`${request.method} failed: ${oneLine(error)}`)
      if (response.headersSent) response.destroy()
      else refuseRequest(response, { status: 500, reason: 'the terminal says what failed' })
    })
  })

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    refuse: (refusal: Refusal) => void,
  ): Promise<void> {
    const admission = stopped ?? guard(factsOf(request, false))
    if ('status' in admission) return refuse(admission)
    setSecurityHeaders(response, admission.host)
    const path = pathOf(request)
    if (!path.startsWith('/api/') && path !== '/api') {
      const refusal = allowed(request, 'GET', 'HEAD')
      return refusal ? refuse(refusal) : routes.site.handle(request, response, admission.host)
    }
    const reset = /^\/api\/reset\/([^/]+)$/.exec(path)
    const refusal =
      ((path === '/api/health' || path === '/api/key') && allowed(request, 'GET', 'HEAD')) ||
      (reset && allowed(request, 'POST')) ||
      bodyIn(request)
    if (refusal) return refuse(refusal)
    response.setHeader('Cache-Control', 'no-store')
    if (path === '/api/health') {
      response.setHeader('Content-Type', 'application/json')
      response.end(JSON.stringify(routes.health))
      return
    }
    // The guard has seen that it fits. A page asks before it replaces the one that it has.
    if (path === '/api/key') {
      response.writeHead(204).end()
      return
    }
    const lesson = reset?.[1]
    if (lesson === undefined || !NAME.test(lesson) || admission.as !== 'seat') return refuse(NOT_FOUND)
    if (!(await admission.seat.has(lesson))) return refuse(NOT_FOUND)
    await admission.seat.reset(lesson)
    response.writeHead(204).end()
  }

  server.on('upgrade', (request, socket, head) => {
    // From here on Node does not look after the socket; without a listener its error would be the process's.
    socket.on('error', () => socket.destroy())
    const refuse = (refusal: Refusal) => {
      refused(refusal, request)
      refuseSocket(socket, refusal)
    }
    const facts = factsOf(request, true)
    const admission = stopped ?? guard(facts)
    if ('status' in admission) return refuse(admission)
    const taken =
      admission.as === 'seat'
        ? upgrades.toSeat(admission.seat, request, socket, head)
        : isViteUpgrade(facts)
          ? upgrades.toSite(request, socket, head)
          : Promise.resolve(NOT_FOUND)
    taken
      .then(refusal => refusal && refuse(refusal))
      .catch((error: unknown) => {
        log(`an upgrade failed: ${oneLine(error)}`)
        socket.destroy()
      })
  })

  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // Nothing to answer: the peer has gone, or does not finish its request.
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
    const refusal = CLIENT_ERRORS[error.code ?? ''] ?? { status: 400, reason: 'this is not a request' }
    refused(refusal)
    refuseSocket(socket, refusal)
  })

  server.on('drop', () => refused({ status: 503, reason: 'too many connections' }))

  return () => {
    stopped = { status: 503, reason: 'the server is closing' }
  }
}

/** Upgrades that the guard let in; each resolves to a refusal if nobody takes the socket. */
function createUpgrades({ site, log, refused }: Routes) {
  const webSockets = new WebSocketServer({
    noServer: true,
    // Terminal output is small or comes fast; compressing it costs more than it saves on loopback.
    perMessageDeflate: false,
    maxPayload: MAX_FRAME,
    // The guard has seen that it is offered.
    handleProtocols: () => SUBPROTOCOL,
  })
  webSockets.on('wsClientError', (_error, socket, request) => {
    const refusal = { status: 400, reason: 'this is not the handshake of a WebSocket' }
    refused(refusal, request)
    refuseSocket(socket, refusal)
  })
  const paneSockets = new Set<Duplex>()
  const siteSockets = new Set<Duplex>()

  type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<Refusal | undefined>

  const toSeat = (seat: Seat, ...[request, socket, head]: Parameters<Upgrade>) =>
    bounded(
      paneSockets,
      MAX_PANE_SOCKETS,
      socket,
      'too many terminals are open; close some tabs',
      async () => {
        const path = pathOf(request)
        const [, lesson = '', pane] =
          /^\/api\/panes\/([^/]+)\/([^/]+)$/.exec(path) ?? /^\/api\/machine\/([^/]+)$/.exec(path) ?? []
        const isNamed = NAME.test(lesson) && (pane === undefined || NAME.test(pane))
        if (!isNamed || !(await seat.has(lesson, pane))) return NOT_FOUND
        if (socket.destroyed) return undefined
        const name = `${lesson}/${pane ?? 'machine'}`
        webSockets.handleUpgrade(request, socket, head, webSocket => {
          webSocket.on('error', error => log(`the socket of ${name} failed: ${oneLine(error)}`))
          const joined =
            pane === undefined ? seat.watch(lesson, webSocket) : seat.attach(lesson, pane, webSocket)
          joined.catch((error: unknown) => {
            log(`${name} failed: ${oneLine(error)}`)
            webSocket.terminate()
          })
        })
        return undefined
      },
    )

  const toSite: Upgrade = (request, socket, head) =>
    bounded(siteSockets, MAX_SITE_SOCKETS, socket, 'too many pages are open; close some tabs', async () =>
      (await site.upgrade(request, socket, head)) ? undefined : NOT_FOUND,
    )

  return { toSeat, toSite }
}

/** Counts the socket from before the first wait until it closes. */
async function bounded(
  open: Set<Duplex>,
  most: number,
  socket: Duplex,
  reason: string,
  take: () => Promise<Refusal | undefined>,
): Promise<Refusal | undefined> {
  if (open.size >= most) return { status: 503, reason }
  open.add(socket)
  socket.once('close', () => open.delete(socket))
  return take()
}

/** Of lessons and panes, as in the URL: nothing in it is ever decoded. */
const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/

const NOT_FOUND: Refusal = { status: 404, reason: 'there is nothing here' }

const CLIENT_ERRORS: Record<string, Refusal> = {
  HPE_HEADER_OVERFLOW: { status: 431, reason: 'the headers are too large' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, reason: 'the request takes too long' },
}

/** The request target without its query. */
function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').replace(/\?.*$/s, '')
}

function allowed(request: IncomingMessage, ...methods: string[]): Refusal | undefined {
  if (methods.includes(request.method ?? '')) return undefined
  return { status: 405, reason: 'this method does nothing here', allow: methods.join(', ') }
}

function bodyIn({ headers }: IncomingMessage): Refusal | undefined {
  const isEmpty = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0
  return isEmpty ? undefined : { status: 413, reason: 'nothing here takes a body' }
}

function oneLine(error: unknown): string {
  return String(error).replace(/\s+/g, ' ')
}
