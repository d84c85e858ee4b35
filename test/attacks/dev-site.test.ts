/** The development site as somebody without a key attacks it: to keep it busy, to look around, to write in the log. */
import { once } from 'node:events'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { cleanLine } from '../../playground/server/dev-gate.ts'
import { createDevSite } from '../../playground/server/dev-site.ts'
import { type Front, raw, request, startFront } from '../harness/front.ts'

const repo = join(import.meta.dirname, '../..')
let root: string
let front: Front

beforeAll(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'site-attack-')))
  for (const folder of ['.vitepress', 'docs']) mkdirSync(join(root, folder))
  symlinkSync(join(repo, 'node_modules'), join(root, 'node_modules'))
  writeFileSync(join(root, '.vitepress/config.ts'), `export default { srcDir: 'docs', cleanUrls: true }`)
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(root, 'secret.md'), '# SECRET\n')
  writeFileSync(join(root, 'docs/index.md'), '# Home\n')
  front = await startFront((port, log) => createDevSite({ root, port, log }))
  // Vite says so when it has found what pages need.
  await get('/')
  await get(`/@fs${repo}/node_modules/vitepress/dist/client/app/index.js`)
})
beforeEach(() => {
  front.lines.length = 0
})
afterAll(async () => {
  await front.close()
  rmSync(root, { recursive: true, force: true })
})

const get = (target: string, fields: Record<string, string> = {}) =>
  raw(
    front.port,
    request(`GET ${target}`, {
      Host: `127.0.0.1:${front.port}`,
      Accept: '*/*',
      Connection: 'close',
      ...fields,
    }),
  )
const answer = async (target: string, fields: Record<string, string> = {}) => {
  const { status, body } = await get(target, fields)
  return { status, body }
}
const NOTHING = { status: 404, body: 'no such page\n' }

const NODE = `node-${process.platform}-${process.arch}/bin/node`
const QUERIES = [
  '',
  '?import',
  '?raw',
  '?import&raw',
  '?url',
  '?inline',
  '?worker',
  '?sharedworker',
  '?init',
  '?direct',
]
const SCRIPT = { 'Sec-Fetch-Dest': 'script', 'Sec-Fetch-Site': 'same-origin' }

for (const query of QUERIES) {
  test(`the file that carries Node, by every way${query && ` with ${query}`}: nothing, at once`, async () => {
    for (const way of [
      '/@id/',
      `/@fs${repo}/node_modules/`,
      `${repo}/node_modules/`,
      '/node_modules/',
      '/../node_modules/',
    ]) {
      expect(await answer(`${way}${NODE}${query}`, query === '' ? SCRIPT : {}), way).toEqual(NOTHING)
    }
    expect(front.lines.join()).not.toContain('bin/node')
  })
}

test('a package that no page imports is not bundled, and no page is told to load again', async () => {
  const [, token = ''] = /wsToken = "([^"]+)"/.exec((await get('/@vite/client')).body) ?? []
  const origin = `http://127.0.0.1:${front.port}`
  const socket = new WebSocket(`ws://127.0.0.1:${front.port}/?token=${token}`, 'vite-hmr', { origin })
  await once(socket, 'message')
  const told: string[] = []
  socket.on('message', message => told.push(String(message)))
  const entry = `/@fs${repo}/node_modules/vitepress/dist/client/app/index.js`
  for (const name of ['typescript', 'valibot', 'ws', 'vite', '@vue/compiler-sfc']) {
    expect(await answer(`/@id/${name}`), name).toEqual(NOTHING)
    expect(await answer(`/@id/${name}`, SCRIPT), name).toEqual(NOTHING)
  }
  // What a page may say over its socket, whoever has the token may, too.
  for (const event of ['vite:invalidate', 'vite:forward-console']) {
    const data = { path: entry, message: '\x1b[2J\nforged', firstInvalidatedBy: entry, type: 'log' }
    socket.send(JSON.stringify({ type: 'custom', event, data }))
  }
  // A saved page is seen: what would have been told before it has been.
  await get('/index.md?import')
  writeFileSync(join(root, 'docs/index.md'), '# Home again\n')
  await expect.poll(() => told.some(message => message.includes('"update"'))).toBe(true)
  expect(told.join()).not.toMatch(/full-reload|index\.js/)
  expect(readdirSync(join(root, '.vitepress/cache/deps')).join()).not.toMatch(/typescript|compiler-sfc/)
  expect(front.lines.join('')).not.toContain('forged')
  socket.close()
})

test.each([
  // The beginning of one, and of the next 60 KiB.
  ['a message without end', [0x01, 0xfe, 0xf0, 0, 0, 0, 0, 0]],
  ['pings', [0x89, 0x80, 0, 0, 0, 0]],
])('the update socket gathers nothing: %s', async (_what, bytes) => {
  const [, token = ''] = /wsToken = "([^"]+)"/.exec((await get('/@vite/client')).body) ?? []
  const { status, socket } = await get(`/?token=${token}`, {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    Origin: `http://127.0.0.1:${front.port}`,
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'AQIDBAUGBwgJCgsMDQ4PEA==',
    'Sec-WebSocket-Protocol': 'vite-hmr',
  })
  expect(status).toBe(101)
  // Not `once`, which rejects on the reset that may come before.
  const closed = new Promise(resolve => socket.once('close', resolve))
  const pieces = Buffer.concat(Array(1000).fill(Buffer.from(bytes)))
  socket.write(pieces)
  await closed
})

const PAIRS = [
  ['/etc/passwd', '/etc/passwd-that-is-not'],
  ['/etc', '/etc-that-is-not'],
  [`${repo}/package.json`, `${repo}/package-none.json`],
  [`${repo}/README.md`, `${repo}/NONE.md`],
  [`${repo}/node_modules/vite/README.md`, `${repo}/node_modules/vite/NONE.md`],
  [`${repo}/playground/main.ts`, `${repo}/playground/none.ts`],
]
test('a file that is there and one that is not get the same answer', async () => {
  for (const pair of PAIRS) {
    for (const prefix of [
      '/@fs',
      '/@fs/',
      '/@id/',
      '',
      '/..',
      '/%2e%2e',
      '/.',
      '//',
      '/%2f',
      '/..%5c',
      '/@id/__x00__',
    ]) {
      for (const query of [
        '',
        '?import',
        '?raw',
        '?import&url',
        '?html-proxy&index=0.js',
        '?t=1234567890123',
        '.map',
      ]) {
        const [there, none] = await Promise.all(
          pair.map(path => answer(`${prefix}${path}${query}`, query === '' ? SCRIPT : {})),
        )
        expect(there, `${prefix}${pair[0]}${query}`).toEqual(none)
        expect(there!.body).not.toMatch(/root:|SECRET|RECEIVED/)
      }
    }
  }
  expect(front.lines).toEqual([])
})

test('an address with control characters in it writes nothing in the log', async () => {
  for (const target of [
    '/%1b%5b2J%0aforged',
    '/@fs/%1b%0a/etc/passwd',
    '/x%0d%0a.ts',
    '/@id/%1b%0a',
    '/%c2%9b2J.css',
    '/%ff',
    '/%00.ts?import',
  ]) {
    for (const fields of [{}, SCRIPT]) await get(target, fields)
  }
  expect(front.lines).toEqual([])
})

test('a line keeps its colours, and nothing in it moves the cursor or begins another', () => {
  expect(cleanLine('\x1b[36m[site]\x1b[39m saved')).toBe('\x1b[36m[site]\x1b[39m saved')
  expect(cleanLine('a\x1b[2Jb\x1b[8mc\r\u009bd')).toBe('a?[2Jb?[8mc??d')
  expect(cleanLine('a\nrefused 401')).toBe('a\n  refused 401')
})

test('what a page is made of is served', async () => {
  expect((await get('/', { Accept: 'text/html' })).body).toContain('<div id="app">')
  expect((await get('/any/where', { Accept: 'text/html' })).body).toContain('<div id="app">')
  expect((await get('/index.md?t=1234567890123')).status).toBe(200)
  // From module to module, as a browser goes.
  const seen = new Set<string>()
  const walk = [`/@fs${repo}/node_modules/vitepress/dist/client/app/index.js`, '/@vite/client']
  for (const url of walk) {
    if (seen.has(url)) continue
    seen.add(url)
    const { status, body } = await get(url)
    expect(status, url).toBe(200)
    for (const [, next] of body.matchAll(/(?:from\s*|import\s*\(?\s*)"(\/[^"\s]+)"/g)) walk.push(next!)
  }
  expect(seen.size).toBeGreaterThan(50)
})
