/** A table of what is answered under `/api/`, and how a request finds its place in it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Seat } from '../workbench/seat.ts'
import { createBound } from './bound.ts'
import { NOT_FOUND, type Refusal } from './refusal.ts'
import { pathOf, placesOf } from './target.ts'

export interface Route {
  /** NAME stands for a name of lessons, scenes and panes. */
  path: string
  methods: readonly string[]
  /** Bytes that the request's body may have. @default none */
  body?: number
  /** Ends the response, or says why not. */
  answer(call: Call): Promise<Refusal | undefined> | undefined
}

export interface Call {
  response: ServerResponse
  /** Whose key the request has; undefined for what anybody may ask. */
  seat: Seat | undefined
  /** What stands in the places of NAME. */
  names: string[]
  body: Buffer
}

/** Pages and health are read only. */
export const READ = ['GET', 'HEAD']
/** Changes of one seat that are under way at once: a body takes memory, and may come slowly. */
export const MAX_CHANGES = 8

const NO_BODY: Refusal = { status: 413, reason: 'nothing here takes a body' }

export type Router = (
  request: IncomingMessage,
  response: ServerResponse,
  seat: Seat | undefined,
) => Promise<Refusal | undefined>

/** @returns answers a request that the guard let in; resolves to a refusal that is still to be said */
export function createRouter(routes: readonly Route[]): Router {
  const changes = createBound(MAX_CHANGES, 'too many requests at once; wait for those before')

  return async (request, response, seat) => {
    const places = placesOf(routes, pathOf(request.url))
    const place = places.find(({ route }) => route.methods.includes(request.method ?? ''))
    if (!place && places.length > 0) return notAllowed(places.flatMap(({ route }) => route.methods))
    const most = place?.route.body ?? 0
    if (hasBody(request) && !(seat && most > 0)) return NO_BODY
    if (!place?.names) return NOT_FOUND
    const free = seat && !READ.includes(request.method!) ? changes(seat) : () => {}
    if ('status' in free) return free
    try {
      const body = await readBody(request, most)
      // The peer has gone, or was too slow for the server.
      if (!body) return undefined
      if ('status' in body) return body
      response.setHeader('Cache-Control', 'no-store')
      return await place.route.answer({ response, seat, names: place.names, body })
    } finally {
      // What is done for somebody who has gone goes on; what is sent takes memory until it is read.
      if (response.closed) free()
      else response.once('close', free)
    }
  }
}

export function notAllowed(methods: readonly string[]): Refusal {
  return { status: 405, reason: 'this method does nothing here', allow: methods.join(', ') }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0
}

/** How long it may take is the server's to say: it ends a request that is not all there in time. */
async function readBody(request: IncomingMessage, most: number): Promise<Buffer | Refusal | undefined> {
  const large = { status: 413, reason: `the body is larger than ${most} bytes` }
  if (Number(request.headers['content-length'] ?? 0) > most) return large
  const { promise, resolve } = Promise.withResolvers<Buffer | Refusal | undefined>()
  const chunks: Buffer[] = []
  let size = 0
  request.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > most) resolve(large)
    else chunks.push(chunk)
  })
  request.once('end', () => resolve(Buffer.concat(chunks)))
  request.once('close', () => resolve(undefined))
  request.once('error', () => resolve(undefined))
  return promise
}
