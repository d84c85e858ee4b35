/** Who holds connections without asking for anything keeps nobody out. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Front, KEY, raw, request, startFront } from '../harness/front.ts'

/** More than the server has room for. */
const MANY = 600
let front: Front
const held: Socket[] = []

beforeEach(async () => {
  front = await startFront()
})
afterEach(async () => {
  for (const socket of held.splice(0)) socket.destroy()
  await front.close()
})

async function hold(says: string): Promise<Socket> {
  const socket = connect(front.port, '127.0.0.1')
  socket.on('error', () => {})
  held.push(socket)
  await once(socket, 'connect')
  if (says) socket.write(says)
  return socket
}

const page = () => raw(front.port, request('GET /', { Host: `127.0.0.1:${front.port}`, Connection: 'close' }))

test.each([
  ['say nothing', ''],
  ['begin a request', 'GET / HT'],
])('those that %s', async (_what, says) => {
  for (let count = 0; count < MANY; count++) await hold(says)
  const before = performance.now()
  for (let count = 0; count < 5; count++) expect((await page()).status).toBe(200)
  // Not when they have timed out, which takes seconds.
  expect(performance.now() - before).toBeLessThan(3000)
})

test('those that have asked once, and wait', async () => {
  const asks = request('GET /', { Host: `127.0.0.1:${front.port}` })
  for (let count = 0; count < MANY; count++) await hold(asks)
  expect((await page()).status).toBe(200)
})

test('a pane that is open stays open', async () => {
  const host = `127.0.0.1:${front.port}`
  const upgrade = request('GET /api/panes/01-bind-conflict/server-1', {
    Host: host,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    Origin: `http://${host}`,
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'AQIDBAUGBwgJCgsMDQ4PEA==',
    'Sec-WebSocket-Protocol': `playground, key.${KEY}`,
  })
  const { status, socket } = await raw(front.port, upgrade)
  held.push(socket)
  expect(status).toBe(101)
  let ended = false
  socket.once('close', () => {
    ended = true
  })
  for (let count = 0; count < MANY; count++) await hold('')
  expect((await page()).status).toBe(200)
  expect(ended).toBe(false)
})

test('one that does not finish its headers is sent away within seconds', async () => {
  const socket = await hold('GET / HTTP/1.1\r\nHost: ')
  socket.resume()
  const before = performance.now()
  await once(socket, 'close')
  expect(performance.now() - before).toBeLessThan(15_000)
})
