/** Sockets: to a seat's panes and machines, and to the development site. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { MAX_FRAME, SUBPROTOCOL } from '../protocol.ts'
import type { Seat } from '../workbench/seat.ts'
import { createBound } from './bound.ts'
import { NOT_FOUND, oneLine, type Refusal, type RefusalLog, refuseSocket } from './refusal.ts'
import type { Site } from './site.ts'
import { pathOf, placesOf } from './target.ts'

/** Sockets that one seat may have open at once, those on their way in counted: a page has a handful, a browser some tabs. */
export const MAX_SEAT_SOCKETS = 64
/** Sockets open to the development site at once: one for each tab. They carry no key. */
export const MAX_SITE_SOCKETS = 64

/** Resolves to a refusal if nobody takes the socket. */
type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<Refusal | undefined>

export interface Upgrades {
  toSeat(seat: Seat, ...upgrade: Parameters<Upgrade>): ReturnType<Upgrade>
  toSite: Upgrade
}

interface SocketRoute {
  /** NAME stands for a name of lessons, scenes and panes. */
  path: string
  join(seat: Seat, names: string[], socket: WebSocket): Promise<void>
}

/** All sockets that need a key. */
export const SOCKET_ROUTES: readonly SocketRoute[] = [
  { path: '/api/panes/NAME/NAME', join: (seat, [name, pane], socket) => seat.attach(name!, pane!, socket) },
  { path: '/api/machine/NAME', join: (seat, [name], socket) => seat.watch(name!, socket) },
]

/** For what the guard let in. */
export function createUpgrades(site: Site, log: (line: string) => void, refused: RefusalLog): Upgrades {
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
  const seatSockets = createBound(MAX_SEAT_SOCKETS, 'too many terminals are open; close some tabs')
  const siteSockets = createBound(MAX_SITE_SOCKETS, 'too many pages are open; close some tabs')

  return {
    async toSeat(seat, request, socket, head) {
      const free = seatSockets(seat)
      if ('status' in free) return free
      socket.once('close', free)
      const path = pathOf(request.url)
      const [place] = placesOf(SOCKET_ROUTES, path)
      const names = place?.names
      if (!names || !(await seat.has(names[0]!, names[1]))) return NOT_FOUND
      if (socket.destroyed) return undefined
      webSockets.handleUpgrade(request, socket, head, webSocket => {
        const fail = (error: unknown) => {
          log(`the socket of ${path} failed: ${oneLine(error)}`)
          webSocket.terminate()
        }
        webSocket.on('error', fail)
        place.route.join(seat, names, webSocket).catch(fail)
      })
      return undefined
    },
    async toSite(request, socket, head) {
      const free = siteSockets(site)
      if ('status' in free) return free
      socket.once('close', free)
      return (await site.upgrade(request, socket, head)) ? undefined : NOT_FOUND
    },
  }
}
