/** The real server with a seat that only remembers, and requests written by hand, byte for byte. */
import { connect, type Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { Health } from '../../playground/protocol.ts'
import { createPlayground, type Playground } from '../../playground/server/server.ts'
import type { Site } from '../../playground/server/site.ts'
import type { Seat } from '../../playground/workbench/seat.ts'

export const KEY = 'abcdefghijklmnopqrstuvwxyz-0123456789_ABCDE'

export const HEALTH: Health = {
  version: '1.2.3',
  kernel: '6.1',
  platform: 'linux',
  sandbox: 'bwrap',
  preflight: [],
}

export interface Front extends Playground {
  seat: FakeSeat
  /** What was logged. */
  lines: string[]
  /** Resolves with the first line, from now on or before, that matches. */
  logged(pattern: RegExp): Promise<string>
}

export interface FakeSeat extends Seat {
  /** `has LESSON/PANE`, `attach LESSON/PANE`, `watch LESSON`, `reset LESSON`, `close`, in order. */
  calls: string[]
  sockets: WebSocket[]
}

/** Echoes what a socket sends; knows every lesson and pane but those named `missing`. */
export function createFakeSeat(over: Partial<Seat> = {}): FakeSeat {
  const calls: string[] = []
  const sockets: WebSocket[] = []
  return {
    calls,
    sockets,
    async has(lesson, pane) {
      calls.push(pane === undefined ? `has ${lesson}` : `has ${lesson}/${pane}`)
      return lesson !== 'missing' && pane !== 'missing'
    },
    async attach(lesson, pane, socket) {
      calls.push(`attach ${lesson}/${pane}`)
      sockets.push(socket)
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
    },
    async watch(lesson, socket) {
      calls.push(`watch ${lesson}`)
      sockets.push(socket)
    },
    async reset(lesson) {
      calls.push(`reset ${lesson}`)
    },
    async restore(lesson) {
      calls.push(`restore ${lesson}`)
    },
    async act(lesson, request) {
      calls.push(`act ${lesson} ${JSON.stringify(request)}`)
    },
    async take(lesson, what) {
      calls.push(`take ${lesson} ${what}`)
      return what
    },
    async solve(lesson, challenge) {
      calls.push(`solve ${lesson}/${challenge}`)
      if (challenge === 'missing') return undefined
      return challenge === 'empty' ? 0 : 1
    },
    async files(lesson, request) {
      calls.push(`files ${lesson} ${JSON.stringify(request)}`)
      return { files: [], isAll: true }
    },
    async close() {
      calls.push('close')
      for (const socket of sockets) socket.terminate()
    },
    ...over,
  }
}

/** One page for every path. */
export function createFakeSite(over: Partial<Site> = {}): Site {
  return {
    async handle(_request, response) {
      response.setHeader('Content-Type', 'text/html')
      response.end('<h1>page</h1>')
    },
    upgrade: async () => false,
    close: async () => {},
    ...over,
  }
}

/** @param seats by key; by default there is the one */
export async function startFront(
  createSite: (port: number, log: (line: string) => void) => Site = () => createFakeSite(),
  seat: FakeSeat = createFakeSeat(),
  seats: ReadonlyMap<string, Seat> = new Map([[KEY, seat]]),
): Promise<Front> {
  const lines: string[] = []
  const waiting = new Set<() => void>()
  const log = (line: string) => {
    lines.push(line)
    for (const look of [...waiting]) look()
  }
  const playground = await createPlayground({
    host: '127.0.0.1',
    port: 0,
    seats,
    health: HEALTH,
    createSite: port => createSite(port, log),
    log,
  })
  const logged = (pattern: RegExp) =>
    new Promise<string>(resolve => {
      const look = () => {
        const line = lines.find(line => pattern.test(line))
        if (line === undefined) return
        waiting.delete(look)
        resolve(line)
      }
      waiting.add(look)
      look()
    })
  return { ...playground, seat, lines, logged }
}

export interface Answer {
  /** 0 when the connection ended without a status line. */
  status: number
  /** Lower-case names. */
  headers: Record<string, string>
  body: string
  socket: Socket
}

/** Sends the bytes; resolves when the connection ends, or, after `101`, when it has been upgraded. */
export async function raw(port: number, request: string): Promise<Answer> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  let text = ''
  const upgraded = new Promise<void>(resolve => {
    socket.setEncoding('latin1')
    socket.on('data', chunk => {
      text += chunk
      if (/^HTTP\/1\.1 101 .*\r\n\r\n/s.test(text)) resolve()
    })
  })
  socket.write(request, 'latin1')
  // `once` of node:events rejects on an error; here a refused connection is an answer.
  await Promise.race([new Promise(resolve => socket.once('close', resolve)), upgraded])
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const [first = '', ...fields] = head.split('\r\n')
  const headers = Object.fromEntries(
    fields.map(field => {
      const colon = field.indexOf(':')
      return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()]
    }),
  )
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1] ?? 0)
  return { status, headers, body: rest.join('\r\n\r\n'), socket }
}

/** A request's text: `method target`, then the fields; a list is one field for each value, undefined is none. */
export function request(
  line: string,
  fields: Record<string, string | readonly string[] | undefined> = {},
): string {
  const list = Object.entries(fields).flatMap(([name, values]) =>
    values === undefined ? [] : [values].flat().map(value => `${name}: ${value}\r\n`),
  )
  return `${line} HTTP/1.1\r\n${list.join('')}\r\n`
}
