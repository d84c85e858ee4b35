/** Every route there is, from its own table: a new one without a guard, or without a bound of its body, fails here. */
import { connect } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { routesOf } from '../../playground/server/routes.ts'
import { SOCKET_ROUTES } from '../../playground/server/upgrades.ts'
import { type Front, HEALTH, KEY, raw, request, startFront } from '../harness/front.ts'

let front: Front
beforeEach(async () => {
  front = await startFront()
})
afterEach(() => front.close())

/** What may be asked without a key: it tells what a page needs before it has one. */
const PUBLIC = ['/api/health']
const addressOf = (path: string) => path.replaceAll('NAME', '01-one')
const ROUTES = routesOf(HEALTH)
  .filter(({ path }) => !PUBLIC.includes(path))
  .flatMap(route => route.methods.map(method => ({ ...route, method, address: addressOf(route.path) })))
const SOCKETS = SOCKET_ROUTES.map(({ path }) => ({ address: addressOf(path) }))

type Fields = Record<string, string | readonly string[] | undefined>
const STRANGERS: [what: string, fields: Fields, statuses: number[]][] = [
  ['no key', { Authorization: undefined }, [401]],
  ['another key', { Authorization: `Bearer ${'A'.repeat(43)}` }, [401]],
  ['a key of another scheme', { Authorization: `Basic ${KEY}` }, [401]],
  ['two keys', { Authorization: [`Bearer ${KEY}`, `Bearer ${KEY}`] }, [401]],
  ['a key in a cookie', { Authorization: undefined, Cookie: `key=${KEY}` }, [401]],
  ['a Host of another name', { Host: 'evil.example' }, [403]],
  ['no Host', { Host: undefined }, [400]],
  ['the Origin of another page', { Origin: 'http://evil.example' }, [403]],
  ['the Origin of a sandboxed frame', { Origin: 'null' }, [403]],
  ['another site’s doing', { 'Sec-Fetch-Site': 'cross-site' }, [403]],
  ['another port’s doing', { 'Sec-Fetch-Site': 'same-site' }, [403]],
]

test('the table is the one that is asked', async () => {
  expect(ROUTES.length).toBeGreaterThanOrEqual(7)
  expect(SOCKETS.length).toBeGreaterThanOrEqual(2)
  for (const { path } of [...routesOf(HEALTH), ...SOCKET_ROUTES])
    expect(path).toMatch(/^\/api\/[a-z]+(?:\/NAME)*$/)
})

test.each(ROUTES)(
  '$method $address: for who holds the key, from a page of ours',
  async ({ method, address }) => {
    const fields = { Host: `127.0.0.1:${front.port}`, Authorization: `Bearer ${KEY}`, Connection: 'close' }
    for (const [what, over, statuses] of STRANGERS) {
      const { status, headers } = await raw(
        front.port,
        request(`${method} ${address}`, { ...fields, ...over }),
      )
      expect(statuses, what).toContain(status)
      expect(headers['access-control-allow-origin'], what).toBeUndefined()
    }
    const { status } = await raw(
      front.port,
      request(`${method} ${address}?key=${KEY}`, { ...fields, Authorization: undefined }),
    )
    expect(status).toBe(401)
    expect(front.seat.calls).toEqual([])
  },
)

test.each(SOCKETS)('the socket $address: for who holds the key, from a page of ours', async ({ address }) => {
  const own = {
    Host: `127.0.0.1:${front.port}`,
    Origin: `http://127.0.0.1:${front.port}`,
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'Sec-WebSocket-Protocol': `playground, key.${KEY}`,
  }
  for (const over of [
    { 'Sec-WebSocket-Protocol': undefined },
    { 'Sec-WebSocket-Protocol': 'playground' },
    { 'Sec-WebSocket-Protocol': `playground, key.${'A'.repeat(43)}` },
    { 'Sec-WebSocket-Protocol': `playground, key.${KEY}, key.${KEY}` },
    { 'Sec-WebSocket-Protocol': 'playground', Authorization: `Bearer ${KEY}` },
    { Host: 'evil.example' },
    { Origin: 'http://evil.example' },
    { Origin: undefined },
    { Origin: 'null' },
  ] as Fields[]) {
    const { status } = await raw(front.port, request(`GET ${address}`, { ...own, ...over }))
    expect([401, 403], JSON.stringify(over)).toContain(status)
  }
  expect(front.seat.calls).toEqual([])
  const taken = await raw(front.port, request(`GET ${address}`, own))
  expect(taken.status).toBe(101)
  taken.socket.destroy()
})

test.each(ROUTES)(
  '$method $address: its body is none, or has an end',
  async ({ method, address, body = 0 }) => {
    const fields = { Host: `127.0.0.1:${front.port}`, Authorization: `Bearer ${KEY}` }
    const ask = (more: Fields, text = '') =>
      raw(front.port, request(`${method} ${address}`, { ...fields, Connection: 'close', ...more }) + text)
    // Said at once, whether it comes or not; and what says nothing of its length is counted.
    expect((await ask({ 'Content-Length': `${body + 1}` })).status).toBe(413)
    const chunk = `${(body + 1).toString(16)}\r\n${'x'.repeat(body + 1)}\r\n0\r\n\r\n`
    expect((await ask({ 'Transfer-Encoding': 'chunked' }, chunk)).status).toBe(413)
    expect(front.seat.calls).toEqual([])
  },
)

test.each(ROUTES)(
  '$method $address: of three hundred at once the last is answered, or refused',
  async ({ method, address }) => {
    const one = request(`${method} ${address}`, {
      Host: `127.0.0.1:${front.port}`,
      Authorization: `Bearer ${KEY}`,
      Connection: 'close',
    })
    const sockets = Array.from({ length: 300 }, () => {
      const socket = connect(front.port, '127.0.0.1', () => socket.write(one))
      socket.on('error', () => {}).resume()
      return socket
    })
    const statuses = [200, 201, 204, 400, 503]
    expect(statuses).toContain((await raw(front.port, one)).status)
    for (const socket of sockets) socket.destroy()
    expect(
      (
        await raw(
          front.port,
          request('GET /api/health', { Host: `127.0.0.1:${front.port}`, Connection: 'close' }),
        )
      ).status,
    ).toBe(200)
  },
)

test.each(['act', 'files', 'reset', 'restore', 'solution/x', 'panes/x', 'machine'])(
  'no name leads elsewhere: /api/%s',
  async what => {
    const [first, ...rest] = what.split('/')
    for (const name of [
      ...['..', '.', '%2e%2e', '..%2f01-one', '%2fetc', '01-one%00', '01-one%0a', '01_one', '01-ONE', '-'],
      ...['', `0${'1'.repeat(8000)}`, '01-one\\..', '%ff', '\xff', "'", '$(id)'],
    ]) {
      const address = ['/api', first, name, ...rest].join('/')
      const isSocket = ['panes', 'machine'].includes(first!)
      const fields = isSocket
        ? {
            Origin: `http://127.0.0.1:${front.port}`,
            Upgrade: 'websocket',
            Connection: 'Upgrade',
            'Sec-WebSocket-Version': '13',
            'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
            'Sec-WebSocket-Protocol': `playground, key.${KEY}`,
          }
        : { Authorization: `Bearer ${KEY}`, Connection: 'close' }
      const ask = request(`${isSocket ? 'GET' : 'POST'} ${address}`, {
        Host: `127.0.0.1:${front.port}`,
        ...fields,
      })
      expect([400, 404], address).toContain((await raw(front.port, ask)).status)
    }
    expect(front.seat.calls).toEqual([])
  },
)
