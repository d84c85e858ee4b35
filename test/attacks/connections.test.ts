/** Who holds connections keeps nobody out: without asking for anything, without reading, or asking without end. */
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createBuiltSite } from '../../playground/server/site.ts'
import { createFakeSite, type Front, KEY, raw, request, startFront } from '../harness/front.ts'

/** More than the server has room for. */
const MANY = 600
let front: Front
/** Requests that have reached the site. */
let asked: number
const held: Socket[] = []

/** More than the kernel keeps for a peer that does not read. */
const LARGE = Buffer.alloc(16 * 1024 * 1024)

beforeEach(async () => {
  asked = 0
  const site = createFakeSite()
  front = await startFront(() => ({
    ...site,
    async handle(request, response, host) {
      asked += 1
      if (request.url !== '/slow') return site.handle(request, response, host)
      // As far as somebody who reads nothing lets it come.
      response.write('the beginning')
    },
  }))
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

test('those that have asked, and do not read', async () => {
  const asks = request('GET /slow', { Host: `127.0.0.1:${front.port}` })
  for (let count = 0; count < MANY; count++) await hold(asks)
  await expect.poll(() => asked).toBe(MANY)
  for (let count = 0; count < 5; count++) expect((await page()).status).toBe(200)
})

test('one that asks for a thousand things at once gets the first at most', async () => {
  const asks = request('GET /slow', { Host: `127.0.0.1:${front.port}` })
  const socket = await hold(asks.repeat(1000))
  socket.resume()
  await once(socket, 'close')
  expect(asked).toBe(1)
})

test('a file that somebody has asked for and does not take is closed', async () => {
  const root = mkdtempSync(join(tmpdir(), 'built-attack-'))
  const dist = join(root, '.vitepress/dist')
  mkdirSync(dist, { recursive: true })
  for (const [name, text] of [
    ['index.html', ''],
    ['404.html', ''],
    ['large', LARGE],
  ] as const)
    writeFileSync(join(dist, name), text)
  const built = await startFront(() => createBuiltSite(root))
  const open = () =>
    readdirSync('/proc/self/fd').filter(fd => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).startsWith(root)
      } catch {
        // The one that has read this folder.
        return false
      }
    }).length
  const socket = connect(built.port, '127.0.0.1')
  socket.write(request('GET /large', { Host: `127.0.0.1:${built.port}` }))
  await once(socket, 'readable')
  socket.pause()
  expect(open()).toBe(1)
  socket.destroy()
  await expect.poll(open).toBe(0)
  await built.close()
  rmSync(root, { recursive: true })
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
