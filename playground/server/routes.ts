/** What the server answers: pages to everyone, and to who holds a key their panes. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { type Duplex, finished } from 'node:stream'
import type { Health } from '../protocol.ts'
import { ActError } from '../workbench/act-error.ts'
import type { Seat } from '../workbench/seat.ts'
import { setSecurityHeaders } from './csp.ts'
import { factsOf, type Guard, isViteUpgrade } from './guard.ts'
import { NOT_FOUND, oneLine, type Refusal, type RefusalLog, refuseRequest, refuseSocket } from './refusal.ts'
import { createRouter, notAllowed, READ, type Route } from './router.ts'
import type { Site } from './site.ts'
import { pathOf } from './target.ts'
import { createUpgrades } from './upgrades.ts'

export interface Routes {
  guard: Guard<Seat>
  site: Site
  health: Health
  log: (line: string) => void
  refused: RefusalLog
}

/** Of what a reader asks of a scene. Bytes. */
const MAX_ACT = 4096
/** Of a file that is saved, as JSON: some characters take six bytes there. Bytes. */
const MAX_FILES_BODY = 6 * 256 * 1024 + 4096

const CONTENT = { transcript: 'text/markdown; charset=utf-8', archive: 'application/gzip' }

/** All that is under `/api/`. The guard asks for a key for everything but health. */
export function routesOf(health: Health): Route[] {
  return [
    {
      path: '/api/health',
      methods: READ,
      answer({ response }) {
        response.setHeader('Content-Type', 'application/json')
        response.end(JSON.stringify(health))
        return undefined
      },
    },
    {
      // The guard has seen that it fits. A page asks before it replaces the one that it has.
      path: '/api/key',
      methods: READ,
      answer: ({ response }) => done(response),
    },
    {
      path: '/api/reset/NAME',
      methods: ['POST'],
      async answer({ response, seat, names: [name] }) {
        if (!(await seat?.has(name!))) return NOT_FOUND
        await seat!.reset(name!)
        return done(response)
      },
    },
    {
      path: '/api/solution/NAME/NAME',
      methods: ['POST'],
      async answer({ response, seat, names: [name, challenge] }) {
        const files = (await seat?.has(name!)) && (await seat!.solve(name!, challenge!))
        if (typeof files !== 'number') return NOT_FOUND
        response.writeHead(files > 0 ? 201 : 204).end()
      },
    },
    {
      path: '/api/files/NAME',
      methods: ['POST'],
      body: MAX_FILES_BODY,
      async answer({ response, seat, names: [name], body }) {
        if (!(await seat?.has(name!))) return NOT_FOUND
        try {
          const answer = await seat!.files(name!, JSON.parse(body.toString()))
          response.setHeader('Content-Type', 'application/json')
          response.end(JSON.stringify(answer))
        } catch (error) {
          return refusalOf(error)
        }
        return undefined
      },
    },
    ...(['transcript', 'archive'] as const).map(
      (what): Route => ({
        path: `/api/${what}/NAME`,
        methods: ['GET'],
        async answer({ response, seat, names: [name] }) {
          if (!(await seat?.has(name!))) return NOT_FOUND
          try {
            const taken = await seat!.take(name!, what)
            response.setHeader('Content-Type', CONTENT[what])
            response.end(taken)
          } catch (error) {
            return refusalOf(error)
          }
          return undefined
        },
      }),
    ),
    {
      path: '/api/restore/NAME',
      methods: ['POST'],
      async answer({ response, seat, names: [name] }) {
        if (!(await seat?.has(name!))) return NOT_FOUND
        try {
          await seat!.restore(name!)
        } catch (error) {
          if (error instanceof ActError) return refusalOf(error)
          throw error
        }
        return done(response)
      },
    },
    {
      path: '/api/act/NAME',
      methods: ['POST'],
      body: MAX_ACT,
      async answer({ response, seat, names: [name], body }) {
        if (!(await seat?.has(name!))) return NOT_FOUND
        try {
          await seat!.act(name!, JSON.parse(body.toString()))
        } catch (error) {
          return refusalOf(error)
        }
        return done(response)
      },
    },
  ]
}

/** What could not be done is the reader's to know, in the workbench's own words. */
function refusalOf(error: unknown): Refusal {
  if (error instanceof SyntaxError) return { status: 400, reason: 'the body is no JSON' }
  return { status: error instanceof ActError ? error.status : 409, reason: oneLine((error as Error).message) }
}

function done(response: ServerResponse): undefined {
  response.writeHead(204).end()
}

const CLIENT_ERRORS: Record<string, Refusal> = {
  HPE_HEADER_OVERFLOW: { status: 431, reason: 'the headers are too large' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, reason: 'the request takes too long' },
}

/**
 * Joins the server that the caller owns.
 *
 * @returns `stop`: turns away whatever comes from then on, 503
 */
export function attachRoutes(server: Server, { guard, site, health, log, refused }: Routes): () => void {
  const route = createRouter(routesOf(health))
  const upgrades = createUpgrades(site, log, refused)
  let stopped: Refusal | undefined

  server.on('request', (request, response) => {
    // What is left of requests that came all at once.
    if (request.socket.destroyed) return
    // A file that is read for somebody who has gone is closed.
    response.once('pipe', file => finished(response, () => void file.destroy()))
    answer(request, response)
      .then(refusal => {
        if (!refusal) return
        refused(refusal, request)
        refuseRequest(response, refusal)
      })
      .catch((error: unknown) => {
        log(`${request.method} failed: ${oneLine(error)}`)
        if (response.headersSent) response.destroy()
        else refuseRequest(response, { status: 500, reason: 'the terminal says what failed' })
      })
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<Refusal | undefined> {
    const admission = stopped ?? guard(factsOf(request, false))
    if ('status' in admission) return admission
    setSecurityHeaders(response, admission.host)
    const path = pathOf(request.url)
    if (path === '/api' || path.startsWith('/api/'))
      return route(request, response, admission.as === 'seat' ? admission.seat : undefined)
    if (!READ.includes(request.method ?? '')) return notAllowed(READ)
    await site.handle(request, response, admission.host)
    return undefined
  }

  server.on('upgrade', (request, socket, head) => {
    destroyOnError(socket)
    const take = async () => {
      const facts = factsOf(request, true)
      const admission = stopped ?? guard(facts)
      if ('status' in admission) return admission
      if (admission.as === 'seat') return upgrades.toSeat(admission.seat, request, socket, head)
      return isViteUpgrade(facts) ? upgrades.toSite(request, socket, head) : NOT_FOUND
    }
    take()
      .then(refusal => {
        if (!refusal) return
        refused(refusal, request)
        refuseSocket(socket, refusal)
      })
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

/**
 * From an upgrade on Node does not look after the socket; without a listener its error would be the process's. Made
 * here: where the request is known the listener would keep it for as long as the socket lasts.
 */
function destroyOnError(socket: Duplex): void {
  socket.on('error', () => socket.destroy())
}
