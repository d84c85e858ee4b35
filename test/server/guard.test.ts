import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { MAX_FRAME, SUBPROTOCOL } from '../../playground/protocol.ts'
import { createGuard, type Facts } from '../../playground/server/guard.ts'
import { createRefusalLog } from '../../playground/server/refusal.ts'
import { MAX_SEAT_SOCKETS, MAX_SITE_SOCKETS } from '../../playground/server/upgrades.ts'
import {
  createFakeSeat,
  createFakeSite,
  type Front,
  HEALTH,
  KEY,
  raw,
  request,
  startFront,
} from '../harness/front.ts'

let front: Front
const local = (port = front.port) => `127.0.0.1:${port}`

beforeEach(async () => {
  front = await startFront()
})

afterEach(() => front.close())

type Fields = Record<string, string | readonly string[] | undefined>

/** An upgrade that would be let in, with some fields replaced. */
function upgrade(path: string, fields: Fields = {}): string {
  return request(`GET ${path}`, {
    Host: local(),
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    Origin: `http://${local()}`,
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'AQIDBAUGBwgJCgsMDQ4PEA==',
    'Sec-WebSocket-Protocol': `${SUBPROTOCOL}, key.${KEY}`,
    ...fields,
  })
}

/** A plain request that would be let in, with some fields replaced. */
function plain(line: string, fields: Fields = {}): string {
  return request(line, { Host: local(), Connection: 'close', Authorization: `Bearer ${KEY}`, ...fields })
}

async function expectRefusal(text: string, status: number): Promise<void> {
  const answer = await raw(front.port, text)
  expect(answer.status).toBe(status)
  expect(answer.headers.connection).toBe('close')
  expect(answer.headers['content-type']).toMatch(/^text\/plain/)
  expect(answer.body.trim()).toMatch(/^\P{Cc}{8,120}$/u)
  expect(front.lines).toHaveLength(1)
  expect(front.lines[0]).toMatch(new RegExp(`^refused ${status}\\b[\\x20-\\x7e…]*$`))
  expect(front.lines[0]).not.toContain(KEY)
  expect(front.seat.calls.filter(call => !call.startsWith('has '))).toEqual([])
}

const PANE = '/api/panes/01-bind-conflict/server-1'
const MACHINE = '/api/machine/01-bind-conflict'

describe('the Host', () => {
  const hosts: [string, (port: number) => string | string[] | undefined, number][] = [
    ['missing', () => undefined, 400],
    ['empty', () => '', 400],
    ['doubled', port => [`127.0.0.1:${port}`, `127.0.0.1:${port}`], 400],
    ['doubled with another', port => [`127.0.0.1:${port}`, 'evil.example'], 400],
    ['two in one', port => `127.0.0.1:${port}, evil.example`, 400],
    ['with a space', port => `127.0.0.1 :${port}`, 400],
    ['with a path', port => `127.0.0.1:${port}/`, 400],
    ['with a user', port => `me@127.0.0.1:${port}`, 400],
    ['with a port that is none', () => '127.0.0.1:port', 400],
    ['with an open bracket', port => `[::1:${port}`, 400],
    ['of bytes', port => `127.0.0.1\xff:${port}`, 400],
    ['too long', port => `${'a'.repeat(300)}:${port}`, 400],
    ['foreign', port => `evil.example:${port}`, 403],
    ['a name under localhost', port => `evil.localhost:${port}`, 403],
    ['with a suffix', port => `127.0.0.1.evil.example:${port}`, 403],
    ['with a dot', port => `localhost.:${port}`, 403],
    ['of another port', port => `127.0.0.1:${port + 1}`, 403],
    ['without port', () => '127.0.0.1', 403],
    ['the wildcard', port => `0.0.0.0:${port}`, 403],
    ['written as a number', port => `2130706433:${port}`, 403],
  ]
  for (const [name, host, status] of hosts) {
    test(`${name}: ${status} for a page`, () =>
      expectRefusal(plain('GET /', { Host: host(front.port) }), status))
    test(`${name}: ${status} for health`, () =>
      expectRefusal(plain('GET /api/health', { Host: host(front.port) }), status))
    test(`${name}: ${status} for a pane`, () =>
      expectRefusal(upgrade(PANE, { Host: host(front.port) }), status))
  }
  test('HTTP/1.0 needs one too', () => expectRefusal('GET / HTTP/1.0\r\n\r\n', 400))
  for (const name of ['127.0.0.1', 'localhost', '[::1]']) {
    test(`${name} and the port: a page, health, a pane`, async () => {
      const host = `${name}:${front.port}`
      expect((await raw(front.port, plain('GET /', { Host: host }))).status).toBe(200)
      expect((await raw(front.port, plain('GET /api/health', { Host: host }))).status).toBe(200)
      const { status, socket } = await raw(
        front.port,
        upgrade(PANE, { Host: host, Origin: `http://${host}` }),
      )
      expect(status).toBe(101)
      socket.destroy()
      expect(front.lines).toEqual([])
    })
  }
})

describe('the Origin', () => {
  const origins: [string, (port: number) => string | string[] | undefined, number][] = [
    ['foreign', () => 'https://evil.example', 403],
    ['null', () => 'null', 403],
    ['prefixed', port => `http://127.0.0.1:${port}.evil.example`, 400],
    ['prefixed with another port', port => `http://127.0.0.1.evil.example:${port}`, 403],
    ['suffixed', port => `http://evil.example.127.0.0.1:${port}`, 403],
    ['with a user', port => `http://127.0.0.1:${port}@evil.example`, 400],
    ['of another port', port => `http://127.0.0.1:${port + 1}`, 403],
    ['without port', () => 'http://127.0.0.1', 403],
    ['https', port => `https://127.0.0.1:${port}`, 403],
    ['ws', port => `ws://127.0.0.1:${port}`, 403],
    ['upper-case', port => `HTTP://127.0.0.1:${port}`, 403],
    ['another name of ours', port => `http://localhost:${port}`, 403],
    ['with a slash', port => `http://127.0.0.1:${port}/`, 400],
    ['empty', () => '', 400],
    ['malformed', () => 'http://[', 400],
    ['no origin at all', () => '://', 400],
    ['of bytes', port => `http://127.0.0.1\xff:${port}`, 400],
    ['doubled', port => [`http://127.0.0.1:${port}`, `http://127.0.0.1:${port}`], 400],
    ['two in one', port => `http://127.0.0.1:${port}, https://evil.example`, 400],
    ['huge', () => `http://${'a'.repeat(8000)}.example`, 400],
  ]
  for (const [name, origin, status] of origins) {
    test(`${name}: ${status} for a pane`, () =>
      expectRefusal(upgrade(PANE, { Origin: origin(front.port) }), status))
    test(`${name}: ${status} for a reset`, () =>
      expectRefusal(plain('POST /api/reset/01-bind-conflict', { Origin: origin(front.port) }), status))
    test(`${name}: ${status} for Vite's socket`, () =>
      expectRefusal(
        upgrade('/', { Origin: origin(front.port), 'Sec-WebSocket-Protocol': 'vite-hmr' }),
        status,
      ))
  }
  test('missing: 403 for a pane', () => expectRefusal(upgrade(PANE, { Origin: undefined }), 403))
  test("missing: 403 for Vite's socket", () =>
    expectRefusal(upgrade('/', { Origin: undefined, 'Sec-WebSocket-Protocol': 'vite-hmr' }), 403))
  test('missing does for a reset, the key is enough', async () => {
    expect((await raw(front.port, plain('POST /api/reset/01-x'))).status).toBe(204)
  })
})

describe('the key', () => {
  const offers: [string, string | string[] | undefined, number][] = [
    ['no subprotocol', undefined, 401],
    ['no key', SUBPROTOCOL, 401],
    ['an empty key', `${SUBPROTOCOL}, key.`, 401],
    ['another key', `${SUBPROTOCOL}, key.${KEY.replace('a', 'b')}`, 401],
    ['the beginning of the key', `${SUBPROTOCOL}, key.${KEY.slice(0, -1)}`, 401],
    ['more than the key', `${SUBPROTOCOL}, key.${KEY}A`, 401],
    ['two keys', `${SUBPROTOCOL}, key.wrong, key.${KEY}`, 401],
    ['the key and another', `${SUBPROTOCOL}, key.${KEY}, key.wrong`, 401],
    ['two headers', [SUBPROTOCOL, `key.${KEY}`], 401],
    ['the key alone', `key.${KEY}`, 400],
    ['another subprotocol', `chat, key.${KEY}`, 400],
    ['a subprotocol of Vite beside it', `vite-hmr, key.${KEY}`, 400],
  ]
  for (const [name, offer, status] of offers) {
    test(`${name}: ${status} for a pane`, () =>
      expectRefusal(upgrade(PANE, { 'Sec-WebSocket-Protocol': offer }), status))
  }
  test('in the query, a cookie or Authorization it opens no pane', async () => {
    const elsewhere = {
      'Sec-WebSocket-Protocol': SUBPROTOCOL,
      Cookie: `key=${KEY}`,
      Authorization: `Bearer ${KEY}`,
    }
    await expectRefusal(upgrade(`${PANE}?key=${KEY}`, elsewhere), 401)
  })

  const reset = 'POST /api/reset/01-bind-conflict'
  const authorizations: [string, string | string[] | undefined][] = [
    ['no Authorization', undefined],
    ['an empty one', ''],
    ['the key alone', KEY],
    ['Basic', `Basic ${KEY}`],
    ['Bearer and nothing', 'Bearer '],
    ['another key', `Bearer ${KEY.replace('a', 'b')}`],
    ['the beginning of the key', `Bearer ${KEY.slice(0, -1)}`],
    ['more than the key', `Bearer ${KEY}A`],
    ['two', [`Bearer ${KEY}`, `Bearer ${KEY}`]],
  ]
  for (const [name, value] of authorizations) {
    test(`${name}: 401 for a reset`, () => expectRefusal(plain(reset, { Authorization: value }), 401))
  }
  test('in the query, a cookie or a path it resets nothing', () =>
    expectRefusal(plain(`${reset}?key=${KEY}`, { Authorization: undefined, Cookie: `key=${KEY}` }), 401))
  test('unknown paths under /api/ do not show without it', () =>
    expectRefusal(plain('GET /api/nothing', { Authorization: undefined }), 401))
  test('a page that another site started is refused with it', () =>
    expectRefusal(plain(reset, { 'Sec-Fetch-Site': 'cross-site' }), 403))
})

describe('names and paths', () => {
  const paths: [string, number][] = [
    ['/api/panes/missing/shell', 404],
    ['/api/panes/01-x/missing', 404],
    ['/api/panes/01-x', 404],
    ['/api/panes/01-x/', 404],
    ['/api/panes/01-x/shell/', 404],
    ['/api/panes/01-x/shell/more', 404],
    ['/api/panes//shell', 404],
    ['/api/panes/../shell', 404],
    ['/api/panes/%2e%2e/shell', 404],
    ['/api/panes/01-x%2fshell/shell', 404],
    ['/api/panes/01-x/..%2f..%2fetc', 404],
    ['/api/panes/01-x/shell%00', 404],
    ['/api/panes/01-X/shell', 404],
    [`/api/panes/${'a'.repeat(65)}/shell`, 404],
    [`/api/panes/01-x/${'a'.repeat(5000)}`, 404],
    ['/api/', 404],
    ['/api/health', 404],
    ['/api/reset/01-x', 404],
  ]
  for (const [path, status] of paths) {
    test(`an upgrade of ${path.slice(0, 40)}: ${status}`, () => expectRefusal(upgrade(path), status))
  }
  for (const path of ['/', '/lessons/01-x', '/ws', '/apis/x']) {
    test(`nobody takes an upgrade of ${path}`, () => expectRefusal(upgrade(path), 404))
  }
  test('names are judged before the seat is asked', async () => {
    await raw(front.port, upgrade('/api/panes/%2e%2e/shell'))
    await raw(front.port, upgrade('/api/panes/01-X/shell'))
    expect(front.seat.calls).toEqual([])
  })

  const requests: [string, number][] = [
    ['GET /api', 404],
    ['GET /api/', 404],
    ['GET /api/nothing', 404],
    [`GET ${PANE}`, 404],
    ['POST /api/reset/', 404],
    ['POST /api/reset/..', 404],
    ['POST /api/reset/%2e%2e', 404],
    ['POST /api/reset/01-x/more', 404],
    ['POST /api/reset/missing', 404],
    [`POST /api/reset/${'a'.repeat(65)}`, 404],
    ['GET /api/reset/01-x', 405],
    ['DELETE /api/reset/01-x', 405],
    ['POST /api/health', 405],
    ['POST /', 405],
    ['OPTIONS /', 405],
    ['TRACE /', 405],
    ['OPTIONS *', 400],
    ['GET http://evil.example/', 400],
    ['GET /#key', 400],
  ]
  for (const [line, status] of requests) {
    test(`${line.slice(0, 40)}: ${status}`, () => expectRefusal(plain(line), status))
  }
  test('a 405 says what would do', async () => {
    expect((await raw(front.port, plain('GET /api/reset/01-x'))).headers.allow).toBe('POST')
    expect((await raw(front.port, plain('PUT /'))).headers.allow).toBe('GET, HEAD')
  })
  test('a body is refused', () =>
    expectRefusal(`${plain('POST /api/reset/01-x', { 'Content-Length': '2' })}{}`, 413))
  test('a body in pieces is refused', () =>
    expectRefusal(plain('POST /api/reset/01-x', { 'Transfer-Encoding': 'chunked' }), 413))
  test('an upgrade that is no GET is refused', () => expectRefusal(upgrade(PANE).replace('GET', 'POST'), 405))
  test('headers over 16 KiB are refused', () =>
    expectRefusal(plain('GET /', { Origin: `http://${'a'.repeat(17_000)}` }), 431))
  test('what is no HTTP is refused', () => expectRefusal('hello\r\n\r\n', 400))
  test('a WebSocket without its own key is refused', () =>
    expectRefusal(upgrade(PANE, { 'Sec-WebSocket-Key': 'short' }), 400))
})

describe('who is let in', () => {
  test('a pane: with the subprotocol selected, nothing compressed, and the very names', async () => {
    const socket = new WebSocket(`ws://${local()}${PANE}`, [SUBPROTOCOL, `key.${KEY}`], {
      origin: `http://${local()}`,
    })
    await once(socket, 'open')
    expect(socket.protocol).toBe(SUBPROTOCOL)
    expect(socket.extensions).toBe('')
    expect(front.seat.calls).toEqual(['has 01-bind-conflict/server-1', 'attach 01-bind-conflict/server-1'])
    socket.send(Buffer.from([0, 255]))
    const [data, isBinary] = await once(socket, 'message')
    expect([...data]).toEqual([0, 255])
    expect(isBinary).toBe(true)
    socket.send(Buffer.alloc(MAX_FRAME + 1))
    const [code] = await once(socket, 'close')
    expect(code).toBe(1009)
  })
  test('a reset: 204, and the seat has done it', async () => {
    const { status, body } = await raw(front.port, plain('POST /api/reset/01-bind-conflict'))
    expect([status, body]).toEqual([204, ''])
    expect(front.seat.calls).toEqual(['has 01-bind-conflict', 'reset 01-bind-conflict'])
  })
  test('a reset from the page itself', async () => {
    const fields = {
      Origin: `http://${local()}`,
      'Sec-Fetch-Site': 'same-origin',
      'Sec-Fetch-Mode': 'cors',
      'Content-Length': '0',
    }
    expect((await raw(front.port, plain('POST /api/reset/01-x', fields))).status).toBe(204)
  })
  test('health and pages: everyone, and they carry the headers of a page', async () => {
    const health = await raw(front.port, plain('GET /api/health', { Authorization: undefined }))
    expect(JSON.parse(health.body)).toEqual(HEALTH)
    expect(health.headers['content-type']).toBe('application/json')
    const page = await raw(front.port, plain('GET /anything?query', { Authorization: undefined }))
    expect(page.status).toBe(200)
    for (const { headers } of [health, page]) {
      expect(headers['content-security-policy']).toContain(`connect-src 'self' ws://${local()};`)
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['referrer-policy']).toBe('no-referrer')
      expect(headers['cross-origin-opener-policy']).toBe('same-origin')
      expect(headers['cross-origin-resource-policy']).toBe('same-origin')
      expect(headers['access-control-allow-origin']).toBeUndefined()
    }
  })
  test('a link on another site leads to a page; its pictures, frames and scripts do not', async () => {
    const from = (mode: string, dest: string) =>
      raw(
        front.port,
        plain('GET /', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': mode, 'Sec-Fetch-Dest': dest }),
      )
    expect((await from('navigate', 'document')).status).toBe(200)
    expect((await from('navigate', 'iframe')).status).toBe(403)
    expect((await from('no-cors', 'script')).status).toBe(403)
    expect((await from('no-cors', 'image')).status).toBe(403)
    expect((await from('cors', 'empty')).status).toBe(403)
  })
})

describe('the machine', () => {
  const refused: [string, () => string, number][] = [
    ['without a key', () => upgrade(MACHINE, { 'Sec-WebSocket-Protocol': SUBPROTOCOL }), 401],
    ['with another key', () => upgrade(MACHINE, { 'Sec-WebSocket-Protocol': `${SUBPROTOCOL}, key.x` }), 401],
    ['from a page of another origin', () => upgrade(MACHINE, { Origin: 'https://evil.example' }), 403],
    ['without an Origin', () => upgrade(MACHINE, { Origin: undefined }), 403],
    ['under another name', () => upgrade(MACHINE, { Host: `evil.example:${front.port}` }), 403],
    ['of a lesson that is not there', () => upgrade('/api/machine/missing'), 404],
    ['of no lesson', () => upgrade('/api/machine/'), 404],
    ['of a path', () => upgrade('/api/machine/../01-bind-conflict'), 404],
    ['of an encoded path', () => upgrade('/api/machine/%2e%2e'), 404],
    ['with a pane', () => upgrade(`${MACHINE}/server-1`), 404],
    ['by a plain request', () => plain(`GET ${MACHINE}`), 404],
  ]
  test.each(refused)('%s: refused', (_name, text, status) => expectRefusal(text(), status))
  test('is watched by who holds a key', async () => {
    const { status, socket } = await raw(front.port, upgrade(MACHINE))
    expect(status).toBe(101)
    expect(front.seat.calls).toEqual(['has 01-bind-conflict', 'watch 01-bind-conflict'])
    socket.destroy()
  })
})

describe('what a peer cannot do', () => {
  test('open more sockets than there may be, also while the seat still looks', async () => {
    await front.close()
    let release = () => {}
    const looked = new Promise<void>(resolve => {
      release = resolve
    })
    const seat = createFakeSeat({ has: () => looked.then(() => true) })
    front = await startFront(undefined, seat)
    const sockets = Array.from({ length: MAX_SEAT_SOCKETS }, (_, index) => {
      return new WebSocket(`ws://${local()}${index % 2 ? PANE : MACHINE}`, [SUBPROTOCOL, `key.${KEY}`], {
        origin: `http://${local()}`,
      })
    })
    const opened = Promise.all(sockets.map(socket => once(socket, 'open')))
    // Connections are accepted in order: when the last is refused, the others are counted.
    await expectRefusal(upgrade(MACHINE), 503)
    release()
    await opened
    const gone = once(seat.sockets[0]!, 'close')
    sockets[0]!.close()
    await gone
    const again = await raw(front.port, upgrade(PANE))
    expect(again.status).toBe(101)
    again.socket.destroy()
  })
  test('open more update sockets than there may be', async () => {
    await front.close()
    const taken: Duplex[] = []
    const upgradeTaken = async (_request: unknown, socket: Duplex) => taken.push(socket) > 0
    front = await startFront(() => createFakeSite({ upgrade: upgradeTaken }))
    const text = upgrade('/', { 'Sec-WebSocket-Protocol': 'vite-hmr' })
    const open = Array.from({ length: MAX_SITE_SOCKETS }, () => raw(front.port, text))
    await expectRefusal(text, 503)
    expect(taken).toHaveLength(MAX_SITE_SOCKETS)
    for (const socket of taken) socket.destroy()
    await Promise.all(open)
  })
  test('end the server by an error of the seat or the site', async () => {
    await front.close()
    const fail = async () => {
      throw new Error('broken\nin two lines')
    }
    front = await startFront(
      () => createFakeSite({ handle: fail, upgrade: fail }),
      createFakeSeat({ has: fail, reset: fail }),
    )
    expect((await raw(front.port, plain('GET /'))).status).toBe(500)
    expect((await raw(front.port, plain('POST /api/reset/01-x'))).status).toBe(500)
    expect((await raw(front.port, upgrade(PANE))).status).toBe(0)
    expect((await raw(front.port, upgrade('/', { 'Sec-WebSocket-Protocol': 'vite-hmr' }))).status).toBe(0)
    expect((await raw(front.port, plain('GET /api/health'))).status).toBe(200)
    expect(front.lines).toHaveLength(4)
    for (const line of front.lines) expect(line).toMatch(/failed: Error: broken in two lines$/)
  })
  test('hold the server up when it closes', async () => {
    const order: string[] = []
    await front.close()
    front = await startFront(
      () => createFakeSite({ close: async () => void order.push('site') }),
      createFakeSeat({ close: async () => void order.push('seat') }),
    )
    const idle = raw(front.port, plain('GET /', { Connection: 'keep-alive' }))
    const half = raw(front.port, 'GET / HTTP/1.1\r\n')
    const pane = await raw(front.port, upgrade(PANE))
    const paneClosed = once(pane.socket, 'close')
    await front.close()
    await Promise.all([idle, half, paneClosed])
    expect(order).toEqual(['seat', 'site'])
    expect((await raw(front.port, plain('GET /'))).status).toBe(0)
  })
})

describe('the pure decision', () => {
  const guard = createGuard(5173, new Map([[KEY, 'the seat']]))
  const facts = (over: Partial<Facts>): Facts => ({
    method: 'GET',
    target: PANE,
    upgrade: true,
    ...over,
    headers: {
      host: ['localhost:5173'],
      origin: ['http://localhost:5173'],
      'sec-websocket-protocol': [`${SUBPROTOCOL}, key.${KEY}`],
      ...over.headers,
    },
  })

  test('answers with the seat of the key', () => {
    const many = createGuard(
      5173,
      new Map([
        ['one'.repeat(10), 1],
        [KEY, 2],
        ['three'.repeat(10), 3],
      ]),
    )
    expect(many(facts({}))).toEqual({ as: 'seat', host: 'localhost:5173', seat: 2 })
  })
  test('on port 80 browsers leave the port out', () => {
    const guard = createGuard(80, new Map([[KEY, 'the seat']]))
    const headers = { host: ['localhost'], origin: ['http://localhost'] }
    expect(guard(facts({ headers }))).toMatchObject({ as: 'seat' })
  })
  test('no Host, Origin, key or target but the right ones comes to a seat, and none throws', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.webUrl(),
      fc.domain(),
      fc.constant('localhost:5173'),
    )
    const values = fc.option(fc.array(text, { maxLength: 2 }), { nil: undefined })
    const strange = fc.record({
      method: fc.constantFrom('GET', 'POST', 'HEAD', ''),
      target: fc.oneof(text, fc.constant(PANE)),
      upgrade: fc.boolean(),
      headers: fc.record({
        host: values,
        origin: values,
        authorization: values,
        'sec-websocket-protocol': values,
        'sec-fetch-site': values,
      }),
    })
    fc.assert(
      fc.property(strange, facts => {
        const answer = guard(facts)
        if ('status' in answer) expect(answer.status).toBeGreaterThanOrEqual(400)
        else expect(answer.as).toBe('reader')
      }),
    )
  })
  test('one wrong thing is enough', () => {
    const wrong = fc.string({ unit: 'binary' })
    const field = fc.constantFrom('host', 'origin', 'sec-websocket-protocol')
    fc.assert(
      fc.property(field, wrong, (name, value) => {
        const answer = guard(facts({ headers: { [name]: [value] } }))
        expect(answer).toHaveProperty('status')
      }),
    )
  })
})

describe('the log of refusals', () => {
  const request = (url: string) =>
    ({ method: 'GET', url }) as Parameters<ReturnType<typeof createRefusalLog>>[1]

  test('shows neither keys nor control characters, and is bounded', () => {
    const lines: string[] = []
    let now = 0
    const refused = createRefusalLog(
      line => lines.push(line),
      [KEY],
      () => now,
    )
    const refusal = { status: 403, reason: 'why', saw: `\x1b[2J\r\nrefused 200 ${KEY}` }
    refused(refusal, request(`/a\x07/${KEY}?key=${KEY}`))
    expect(lines).toEqual(['refused 403 GET /a?/<key>: why (?[2J??refused 200 <key>)'])
    for (let i = 0; i < 99; i++) refused(refusal)
    expect(lines).toHaveLength(20)
    now = 10_000
    refused(refusal)
    expect(lines).toHaveLength(22)
    expect(lines[20]).toBe('refused 80 more in the 10 s before')
  })
})
