/** Where a request goes, and what of its body is read. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { refuseRequest } from '../../playground/server/refusal.ts'
import { createRouter, MAX_CHANGES, type Route } from '../../playground/server/router.ts'
import { createFakeSeat, raw, request } from '../harness/front.ts'

const MOST = 1000
/** What a request may take. Milliseconds. */
const PATIENCE = 500

let server: Server
let port: number
let calls: string[]
/** What the slow route waits for. */
let slow: Promise<void>
let finish: () => void
const sockets: Socket[] = []

beforeEach(async () => {
  calls = []
  ;({ promise: slow, resolve: finish } = Promise.withResolvers<void>())
  const route: Pick<Route, 'path'> = { path: '/api/files/NAME/NAME' }
  const router = createRouter([
    {
      ...route,
      methods: ['PUT'],
      body: MOST,
      async answer({ response, names, body }) {
        calls.push(`put ${names} ${body.length}`)
        response.end(body)
        return undefined
      },
    },
    {
      path: '/api/slow',
      methods: ['POST'],
      async answer({ response }) {
        calls.push('slow')
        await slow
        response.end()
        return undefined
      },
    },
    {
      ...route,
      methods: ['GET'],
      async answer({ names }) {
        calls.push(`get ${names}`)
        return { status: 410, reason: 'it is gone' }
      },
    },
  ])
  const seat = createFakeSeat()
  server = createServer({
    requestTimeout: PATIENCE,
    headersTimeout: PATIENCE,
    connectionsCheckingInterval: 50,
  })
  server.on('request', async (request, response) => {
    const refusal = await router(request, response, request.headers.authorization ? seat : undefined)
    if (refusal) refuseRequest(response, refusal)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

const FIELDS = { Host: 'here', Authorization: 'a key', Connection: 'close' }
const put = (fields: Record<string, string | undefined>, text = '') =>
  raw(port, request('PUT /api/files/one/two', { ...FIELDS, ...fields }) + text)
const sized = (bytes: number) => put({ 'Content-Length': `${bytes}` }, 'x'.repeat(bytes))
const piece = (bytes: number) => `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n`

test('a route has its names and its body', async () => {
  expect(await sized(MOST)).toMatchObject({ status: 200, body: 'x'.repeat(MOST) })
  expect(await put({ 'Transfer-Encoding': 'chunked' }, `${piece(400)}${piece(600)}0\r\n\r\n`)).toMatchObject({
    status: 200,
  })
  expect(await put({})).toMatchObject({ status: 200 })
  expect(calls).toEqual(['put one,two 1000', 'put one,two 1000', 'put one,two 0'])
})

test('what a route says instead of an answer is said', async () => {
  expect(await raw(port, request('GET /api/files/one/two?x=1', FIELDS))).toMatchObject({
    status: 410,
    body: 'it is gone\n',
  })
})

test('a method that no route of the path has: those that they have', async () => {
  const { status, headers } = await raw(port, request('DELETE /api/files/one/two', FIELDS))
  expect([status, headers.allow]).toEqual([405, 'PUT, GET'])
})

test.each([
  '/api/files/one',
  '/api/files/one/',
  '/api/files/one/two/',
  '/api/files/one/..',
  '/api/files/one/%74wo',
  '/api/files/one/Two',
  '/api/FILES/one/two',
])('nothing is at %s', async path => {
  expect((await raw(port, request(`GET ${path}`, FIELDS))).status).toBe(404)
  expect(calls).toEqual([])
})

test('a body that is too large is refused before it comes, or as soon as it is', async () => {
  const refused = { status: 413, body: 'the body is larger than 1000 bytes\n' }
  expect(await put({ 'Content-Length': '1000000000' })).toMatchObject(refused)
  expect(await put({ 'Transfer-Encoding': 'chunked' }, piece(600) + piece(401))).toMatchObject(refused)
  expect(calls).toEqual([])
})

test('a body without a key, and one where none is taken, are refused', async () => {
  const refused = { status: 413, body: 'nothing here takes a body\n' }
  expect(await put({ 'Content-Length': '2', Authorization: undefined }, '{}')).toMatchObject(refused)
  for (const path of ['/api/files/one/two', '/api/nothing'])
    expect(
      await raw(port, `${request(`GET ${path}`, { ...FIELDS, 'Content-Length': '2' })}{}`),
    ).toMatchObject(refused)
  expect(calls).toEqual([])
})

test('one that does not come in time is sent away, and reaches no route', async () => {
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  let answer = ''
  socket.on('data', chunk => {
    answer += chunk
  })
  socket.write(request('PUT /api/files/one/two', { ...FIELDS, 'Transfer-Encoding': 'chunked' }))
  const trickle = setInterval(() => socket.write(piece(1)), 20)
  socket.on('error', () => {})
  await new Promise(resolve => socket.once('close', resolve))
  clearInterval(trickle)
  expect(answer).toMatch(/^HTTP\/1\.1 408 /)
  expect(calls).toEqual([])
})

test('a seat sends so many at once, and more when one of them is done', async () => {
  const begun = Array.from({ length: MAX_CHANGES }, () => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    sockets.push(socket)
    socket.write(request('PUT /api/files/one/two', { ...FIELDS, 'Content-Length': '2' }))
    return socket
  })
  await expect.poll(async () => (await sized(2)).status).toBe(503)
  begun[0]!.write('{}')
  await once(begun[0]!.resume(), 'close')
  expect((await sized(2)).status).toBe(200)
})

test('what is being done counts until it is done, though who has asked for it has gone', async () => {
  const ask = () => request('POST /api/slow', { ...FIELDS })
  for (let each = 0; each < MAX_CHANGES; each++) {
    const socket = connect(port, '127.0.0.1')
    sockets.push(socket)
    socket.write(ask())
  }
  await expect.poll(() => calls.length).toBe(MAX_CHANGES)
  for (const socket of sockets.splice(0)) socket.destroy()
  // The server has seen that they are gone when it has nobody but who asks.
  await expect.poll(() => promisify(server.getConnections.bind(server))()).toBe(0)
  expect((await raw(port, ask())).status).toBe(503)
  finish()
  await expect.poll(async () => (await raw(port, ask())).status).toBe(200)
})
