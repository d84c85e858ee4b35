import { once } from 'node:events'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { raw, request } from '../harness/front.ts'
import { expectOneLine, useHome } from '../harness/running.ts'

const repo = join(import.meta.dirname, '../..')
const home = useHome()
const start = (...args: string[]) => home.run(repo, './main.ts', ...args)
const link = /http:\/\/127\.0\.0\.1:(\d+)\/#key=([\w-]{43})\n/

test('mistakes are one line and exit 2', async () => {
  await expectOneLine(start('--prot', '80'), /^unknown option --prot; /)
  await expectOneLine(start('--port', '99999'), /^--port 99999 is not a port; /)
  await expectOneLine(start('--host', '0.0.0.0'), /^--host 0\.0\.0\.0 is refused: /)
  mkdirSync(join(home.folder, 'state', 'reuseport-playground'), { recursive: true, mode: 0o755 })
  await expectOneLine(start(), /is open to others \(mode 755\); run: chmod 700 /)
})

test('--help prints the options and ends', async () => {
  const { ended, text } = start('--help')
  expect(await ended).toBe(0)
  expect(text()).toMatch(/^ {2}--port N /m)
})

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`prints the link, answers, and ends at ${signal} with 0`, async () => {
    // The built site, which starts faster, where the sources are not the point.
    const { child, printed, ended, text } = start('--port', '0', ...(signal === 'SIGINT' ? [] : ['--built']))
    const [, port, key] = await printed(link)
    expect(statSync(join(home.folder, 'state', 'reuseport-playground', 'key')).mode & 0o777).toBe(0o600)
    const host = `127.0.0.1:${port}`
    const get = (path: string, fields = {}) =>
      raw(Number(port), request(`GET ${path}`, { Host: host, Connection: 'close', ...fields }))
    const health = await get('/api/health')
    expect(JSON.parse(health.body)).toMatchObject({ platform: process.platform })
    expect((await get('/api/x')).status).toBe(401)
    expect((await get('/api/x', { Authorization: `Bearer ${key}` })).status).toBe(404)
    child.kill(signal)
    expect(await ended).toBe(0)
    expect((await get('/')).status).toBe(0)
    // Whoever is refused is told so in the terminal, which never shows the key again.
    expect(text().split(key!)).toHaveLength(2)
    expect(text()).toContain('refused 401 GET /api/x: ')
  })
}

test('the key stays from start to start, --new-key replaces it', async () => {
  const keys: string[] = []
  for (const args of [[], [], ['--new-key']]) {
    const { child, printed, ended } = start('--built', '--port', '0', ...args)
    keys.push((await printed(link))[2]!)
    child.kill('SIGTERM')
    await ended
  }
  expect(keys[1]).toBe(keys[0])
  expect(keys[2]).not.toBe(keys[0])
})

test('a taken port: the next free one, and it says so', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  const { child, printed, ended, text } = start('--built', '--port', String(port))
  const [, got] = await printed(link)
  expect(Number(got)).toBeGreaterThan(port)
  expect(text()).toContain(`port ${port} is taken; this is ${got}\n`)
  child.kill('SIGINT')
  expect(await ended).toBe(0)
  other.close()
})

test('a signal that comes twice at once is one', async () => {
  const { child, printed, ended } = start('--built', '--port', '0')
  await printed(link)
  child.kill('SIGINT')
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
})

test.runIf(process.platform === 'linux')('--open shows the key to the browser alone', async () => {
  const script = [
    '#!/bin/sh',
    'tr "\\0" " " </proc/$$/cmdline >"$0.line"',
    'cp "$(echo "$1" | sed s,^file://,,)" "$0.page"',
    'exit 3',
  ]
  writeFileSync(join(home.folder, 'xdg-open'), script.join('\n'), { mode: 0o755 })
  const { child, printed, ended } = start('--built', '--port', '0', '--open')
  const [, port, key] = await printed(link)
  await printed(/no browser was opened \(xdg-open ended with 3\); open the link yourself\n/)
  expect(readFileSync(join(home.folder, 'xdg-open.line'), 'utf8')).not.toContain(key)
  expect(readFileSync(join(home.folder, 'xdg-open.page'), 'utf8')).toContain(
    `url=http://127.0.0.1:${port}/#key=${key}"`,
  )
  const page = join(home.folder, 'state', 'reuseport-playground', 'open.html')
  expect(statSync(page).mode & 0o777).toBe(0o600)
  child.kill('SIGINT')
  expect(await ended).toBe(0)
  expect(statSync(page, { throwIfNoEntry: false })).toBeUndefined()
})

test('whoever reads its log may go', async () => {
  const { child, printed, ended } = start('--built', '--port', '0')
  const [, port] = await printed(link)
  child.stdout?.destroy()
  child.stderr?.destroy()
  const get = () => raw(Number(port), request('GET /', { Host: 'evil.example', Connection: 'close' }))
  for (let i = 0; i < 3; i++) expect((await get()).status).toBe(403)
  child.kill('SIGINT')
  expect(await ended).toBe(0)
})
