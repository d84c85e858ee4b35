import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { writeCompressed } from '../../.vitepress/compressed.ts'
import { SUBPROTOCOL } from '../../playground/protocol.ts'
import { createDevSite } from '../../playground/server/dev-site.ts'
import { createBuiltSite } from '../../playground/server/site.ts'
import { type Front, KEY, raw, request, startFront } from '../harness/front.ts'

const repo = join(import.meta.dirname, '../..')

interface Fixture {
  root: string
  /** Replaces `.vitepress/config.ts`. */
  configure(config: string): void
  remove(): void
}

/** A site of two pages, with what must not be served beside it. */
function createFixture(config: string): Fixture {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'site-test-')))
  for (const folder of ['.vitepress', '.git', 'docs/lessons', 'state']) {
    mkdirSync(join(root, folder), { recursive: true })
  }
  symlinkSync(join(repo, 'node_modules'), join(root, 'node_modules'))
  const configure = (text: string) => writeFileSync(join(root, '.vitepress', 'config.ts'), text)
  configure(config)
  writeFileSync(join(root, 'package.json'), '{ "type": "module", "note": "SECRET" }')
  writeFileSync(join(root, '.git', 'config'), 'SECRET')
  writeFileSync(join(root, 'state', 'key'), 'SECRET')
  writeFileSync(join(root, 'docs', '.env'), 'SECRET')
  writeFileSync(join(root, 'docs', 'index.md'), '# Home\n')
  writeFileSync(join(root, 'docs', 'lessons', '01-first.md'), '---\ntitle: First\n---\n\n# First\n')
  const parts = '[{ title: P, lessons: [{ slug: 01-first, was: [02-before] }] }]'
  writeFileSync(join(root, 'docs', 'course.yaml'), `title: T\ndescription: D\nparts: ${parts}\n`)
  return { root, configure, remove: () => rmSync(root, { recursive: true, force: true }) }
}

const CONFIG = `export default { srcDir: 'docs', title: 'Before', cleanUrls: true }`

describe('in development', () => {
  let fixture: Fixture
  let front: Front

  beforeAll(async () => {
    fixture = createFixture(CONFIG)
    front = await startFront((port, log) => createDevSite({ root: fixture.root, port, log }))
  })
  beforeEach(() => {
    front.lines.length = 0
  })
  afterAll(async () => {
    await front.close()
    fixture.remove()
  })

  const get = (target: string, accept = '*/*') =>
    raw(
      front.port,
      request(`GET ${target}`, { Host: `127.0.0.1:${front.port}`, Accept: accept, Connection: 'close' }),
    )
  const upgrade = (path: string, fields: Record<string, string | undefined>) =>
    request(`GET ${path}`, {
      Host: `127.0.0.1:${front.port}`,
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      Origin: `http://127.0.0.1:${front.port}`,
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'AQIDBAUGBwgJCgsMDQ4PEA==',
      ...fields,
    })
  const token = async () => /wsToken = "([^"]+)"/.exec((await get('/@vite/client')).body)?.[1] ?? ''

  test('the old address of a lesson leads to the new one', async () => {
    for (const old of ['/lessons/02-before', '/lessons/02-before.html?x']) {
      const { status, headers } = await get(old, 'text/html')
      expect({ status, location: headers.location }).toEqual({ status: 302, location: '/lessons/01-first' })
    }
    expect((await get('/lessons/01-first', 'text/html')).status).toBe(200)
  })

  test('a page, its text and its modules are served, the first request waits for VitePress', async () => {
    expect((await get('/')).headers['content-type']).toBe('text/html')
    const page = await get('/lessons/01-first', 'text/html')
    expect(page.status).toBe(200)
    // Until its modules are there, it shows this.
    expect(page.body).toMatch(/<div id="app"><p [^>]+>One moment: [^<]+<\/p><\/div>/)
    expect(page.headers['content-security-policy']).toContain(
      "default-src 'none'; script-src 'self' 'sha256-",
    )
    expect((await get('/lessons/01-first.md?import')).body).toContain('First')
    expect((await get(`/@fs${repo}/node_modules/vitepress/dist/client/app/index.js`)).status).toBe(200)
  })

  const outside = [
    '/@fs/etc/passwd',
    '/@fs/etc/passwd?raw',
    '/@fs/etc/passwd?raw??',
    '/@fs/etc/passwd?import&raw',
    '/@fs/etc/passwd?url',
    '/@fs/etc/passwd?import&url',
    '/@fs/etc/passwd?inline',
    '/@fs/etc/passwd?.svg?.wasm?init',
    '/@fs/etc/passwd?raw&html-proxy&index=0.js',
    '/@fs//etc/passwd',
    '/@fs/ROOT/docs/../../../../../../etc/passwd',
    '/@fs/ROOT/docs/%2e%2e/%2e%2e/%2e%2e/etc/passwd?raw',
    '/@fs/ROOT/docs/..%2f..%2f..%2f..%2fetc/passwd?raw',
    '/@id//etc/passwd?raw',
    '/@id/__x00__/etc/passwd?raw',
    '/../../../../../../etc/passwd',
    '/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd?raw',
    '/..%5c..%5c..%5cetc/passwd',
    '//etc/passwd',
    '/@fs/ROOT/.git/config',
    '/@fs/ROOT/.git/config?raw',
    '/@fs/ROOT/.git/config?import&raw',
    '/@fs/ROOT/docs/../.git/config?raw',
    '/@fs/ROOT/docs/..%2f.git/config?raw',
    '/../.git/config',
    '/.git/config',
    '/@fs/ROOT/state/key',
    '/@fs/ROOT/state/key?raw',
    '/@fs/ROOT/state/key?import&raw&url',
    '/@fs/ROOT/package.json',
    '/@fs/ROOT/package.json?raw',
    '/@fs/ROOT/docs/.env',
    '/@fs/ROOT/docs/.env?raw',
    '/.env',
    '/.env?raw',
    '/.env?import&raw',
    '/.ENV?raw',
    '/.env/?raw',
    '/.env%00?raw',
    '/@vite/../.env',
  ]
  for (const target of outside) {
    test(`${target} shows nothing that is not public`, async () => {
      const { body, status } = await get(target.replace('ROOT', fixture.root.slice(1)))
      expect(status).toBeGreaterThan(0)
      expect(body).not.toMatch(/SECRET|root:|U0VDUkVU/)
    })
  }

  test('no other page of this machine may read an answer', async () => {
    const answer = await raw(
      front.port,
      request('GET /@vite/client', {
        Host: `127.0.0.1:${front.port}`,
        Origin: `http://localhost:${front.port + 1}`,
        Connection: 'close',
      }),
    )
    expect(answer.status).toBe(403)
    const origin = `http://127.0.0.1:${front.port}`
    const own = { Host: `127.0.0.1:${front.port}`, Origin: origin, Connection: 'close' }
    const allowed = await raw(front.port, request('GET /@vite/client', own))
    expect(allowed.status).toBe(200)
    expect(allowed.headers['access-control-allow-origin']).toBeUndefined()
  })

  test('nobody starts an editor', async () => {
    // Vite's own answer to this is 500: it misses the file's name.
    for (const path of ['/__open-in-editor', '/__OPEN-IN-EDITOR']) {
      expect((await get(path, 'text/html')).body).toContain('<div id="app">')
    }
  })

  test('a module that cannot be made is 500, one that is not there 404', async () => {
    writeFileSync(join(fixture.root, 'docs', 'broken.ts'), 'const const')
    expect((await get('/broken.ts', 'text/javascript')).status).toBe(500)
    expect((await get('/none.png', 'image/png')).status).toBe(404)
  })

  test("a stranger's update socket is refused before Vite sees it", async () => {
    const mine = `/?token=${await token()}`
    for (const [fields, status] of [
      [{ Origin: 'https://evil.example' }, 403],
      [{ Origin: 'null' }, 403],
      [{ Origin: undefined }, 403],
      [{ Origin: `http://127.0.0.1:${front.port}.evil.example` }, 400],
      [{ Host: 'evil.example' }, 403],
    ] as const) {
      for (const protocol of ['vite-hmr', 'vite-ping']) {
        front.lines.length = 0
        const answer = await raw(front.port, upgrade(mine, { 'Sec-WebSocket-Protocol': protocol, ...fields }))
        expect(answer.status).toBe(status)
        expect(front.lines).toEqual([expect.stringMatching(`^refused ${status} GET /: `)])
        expect(front.lines[0]).not.toContain('token')
      }
    }
  })

  test("the page's update socket opens, and reads no file", async () => {
    const url = `ws://127.0.0.1:${front.port}/?token=${await token()}`
    const socket = new WebSocket(url, 'vite-hmr', { origin: `http://127.0.0.1:${front.port}` })
    const [hello] = await once(socket, 'message')
    expect(JSON.parse(String(hello))).toEqual({ type: 'connected' })
    const data = { name: 'fetchModule', id: 'send:1', data: ['/@fs/etc/passwd?raw', null, {}] }
    socket.send(JSON.stringify({ type: 'custom', event: 'vite:invoke', data }))
    // The update that follows takes longer than an answer to this would.
    const messages: string[] = []
    socket.on('message', message => messages.push(String(message)))
    await get('/index.md?import')
    const updated = new Promise<void>(resolve => {
      socket.on('message', message => String(message).includes('"update"') && resolve())
    })
    writeFileSync(join(fixture.root, 'docs', 'index.md'), '# Home again\n')
    await updated
    expect(messages.join()).not.toContain('root:')
    socket.close()
  })

  test('its ping is answered; without the token, or elsewhere, nothing is held open', async () => {
    const ping = await raw(front.port, upgrade('/', { 'Sec-WebSocket-Protocol': 'vite-ping' }))
    expect(ping.status).toBe(101)
    ping.socket.destroy()
    const vite = { 'Sec-WebSocket-Protocol': 'vite-hmr' }
    expect((await raw(front.port, upgrade('/?token=wrong', vite))).status).toBe(400)
    expect((await raw(front.port, upgrade('/elsewhere', vite))).status).toBe(404)
    expect((await raw(front.port, upgrade('/api/panes/a/b', vite))).status).toBe(404)
    const both = { 'Sec-WebSocket-Protocol': 'vite-hmr, vite-ping' }
    expect((await raw(front.port, upgrade('/', both))).status).toBe(401)
  })
})

describe('when the configuration changes', () => {
  const config = (title: string, rule: string) => `export default {
    srcDir: 'docs',
    title: '${title}',
    cleanUrls: true,
    markdown: { config(md) { ${rule} } },
  }`
  /** A Markdown rule that says its name on every page. */
  const says = (name: string) => `md.core.ruler.push('says', state => {
    const token = new state.Token('html_block', '', 0)
    token.content = '<p>rule ${name}</p>'
    state.tokens.push(token)
  })`

  test('pages change, sockets stay; what cannot be read changes nothing; what fails is mended', async () => {
    const fixture = createFixture(config('Before', says('one')))
    const front = await startFront((port, log) => createDevSite({ root: fixture.root, port, log }))
    try {
      const get = (target: string) =>
        raw(front.port, request(`GET ${target}`, { Host: `127.0.0.1:${front.port}`, Connection: 'close' }))
      /** Saves it and waits for the log. */
      const save = async (text: string, pattern: RegExp) => {
        front.lines.length = 0
        fixture.configure(text)
        await front.logged(pattern)
      }
      expect((await get('/@siteData')).body).toContain('Before')
      expect((await get('/index.md?import')).body).toContain('rule one')
      const socket = new WebSocket(
        `ws://127.0.0.1:${front.port}/api/panes/01-first/shell`,
        [SUBPROTOCOL, `key.${KEY}`],
        { origin: `http://127.0.0.1:${front.port}` },
      )
      await once(socket, 'open')

      await save(config('After', says('two')), /the site has started anew/)
      expect((await get('/@siteData')).body).toContain('After')
      expect((await get('/index.md?import')).body).toContain('rule two')

      await save('export default {', /the site stays as it was: /)
      expect((await get('/index.md?import')).body).toContain('rule two')

      await save(config('Failed', `throw new Error('no rule')`), /the site cannot be started: no rule/)
      expect((await get('/')).status).toBe(503)
      await save(config('Mended', says('three')), /the site has started anew/)
      expect((await get('/')).status).toBe(200)
      expect((await get('/@siteData')).body).toContain('Mended')
      expect((await get('/index.md?import')).body).toContain('rule three')

      socket.send('still here')
      const [data] = await once(socket, 'message')
      expect(String(data)).toBe('still here')
      expect(front.seat.calls).toEqual(['has 01-first/shell', 'attach 01-first/shell'])
    } finally {
      await front.close()
      fixture.remove()
    }
  })
})

test('a page that comes, or gets another title, is in the navigation without a restart', async () => {
  const module = join(repo, '.vitepress', 'follow-course.ts')
  const fixture = createFixture(`
    import { join } from 'node:path'
    import { followCourse } from '${module}'
    export default {
      srcDir: 'docs',
      themeConfig: { nav: [], sidebar: {} },
      vite: { plugins: [followCourse(join(import.meta.dirname, '..'))] },
    }`)
  const front = await startFront((port, log) => createDevSite({ root: fixture.root, port, log }))
  try {
    const get = async (target: string) => {
      const fields = { Host: `127.0.0.1:${front.port}`, Connection: 'close' }
      return (await raw(front.port, request(`GET ${target}`, fields))).body
    }
    const known = async (title: string) => (await get('/@siteData')).includes(title)
    expect(await known('Second')).toBe(false)
    const [, token = ''] = /wsToken = "([^"]+)"/.exec(await get('/@vite/client')) ?? []
    const origin = `http://127.0.0.1:${front.port}`
    const socket = new WebSocket(`ws://127.0.0.1:${front.port}/?token=${token}`, 'vite-hmr', { origin })
    await once(socket, 'message')
    /** Writes a page and waits until pages are told to load again. */
    const write = async (file: string, text: string) => {
      const reload = new Promise<void>(resolve => {
        socket.on('message', message => String(message).includes('full-reload') && resolve())
      })
      writeFileSync(join(fixture.root, 'docs', 'lessons', file), text)
      await reload
    }
    writeFileSync(join(fixture.root, 'docs', 'lessons', '01-first.md'), '---\ntitle: First\n---\n')
    await write('02-second.md', '---\ntitle: Second\n---\n')
    expect(await known('Second')).toBe(true)
    await write('02-second.md', '---\ntitle: Another\n---\n')
    expect(await known('Another')).toBe(true)
    expect(await known('Second')).toBe(false)
    expect(front.lines.join()).not.toContain('anew')
    socket.close()
  } finally {
    await front.close()
    fixture.remove()
  }
})

describe('built', () => {
  let fixture: Fixture
  let front: Front

  beforeAll(async () => {
    fixture = createFixture(CONFIG)
    const cli = join(repo, 'node_modules', 'vitepress', 'dist', 'node', 'cli.js')
    await promisify(execFile)(process.execPath, [cli, 'build'], { cwd: fixture.root })
    writeCompressed(join(fixture.root, '.vitepress', 'dist'))
    front = await startFront(() => createBuiltSite(fixture.root))
  })
  afterAll(async () => {
    await front.close()
    fixture.remove()
  })

  const get = (target: string, fields: Record<string, string> = {}) =>
    raw(
      front.port,
      request(`GET ${target}`, { Host: `127.0.0.1:${front.port}`, Connection: 'close', ...fields }),
    )

  test('pages with and without ending carry the hashes of their own scripts', async () => {
    for (const path of ['/', '/index.html', '/lessons/01-first', '/lessons/01-first.html']) {
      const page = await get(path)
      expect(page.status).toBe(200)
      expect(page.headers['content-security-policy']).toMatch(/script-src 'self' ('sha256-[\w+/]+=' ?)+; /)
      expect(page.headers['cache-control']).toBe('no-cache')
    }
  })
  test('a page comes compressed to who takes that, with the same policy', async () => {
    const [plain, small] = [
      await get('/lessons/01-first'),
      await get('/lessons/01-first', { 'Accept-Encoding': 'gzip' }),
    ]
    expect(plain.headers['content-encoding']).toBeUndefined()
    expect(small.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' })
    expect(small.headers['content-type']).toBe(plain.headers['content-type'])
    expect(small.headers['content-security-policy']).toBe(plain.headers['content-security-policy'])
    expect(Number(small.headers['content-length'])).toBeLessThan(Number(plain.headers['content-length']) / 2)
  })
  test('what is not there is 404, with a page that says so', async () => {
    const page = await get('/lessons/02-second')
    expect(page.status).toBe(404)
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(page.headers['content-security-policy']).toContain("script-src 'self' 'sha256-")
    expect(page.body).toContain('404')
  })
  test('scripts are kept for ever: their names change', async () => {
    const [, script = ''] = /src="(\/assets\/app[^"]+\.js)"/.exec((await get('/')).body) ?? []
    const { status, headers } = await get(script)
    expect(status).toBe(200)
    expect(headers['cache-control']).toContain('immutable')
    expect(headers['content-security-policy']).toContain("script-src 'self'; ")
  })
  for (const range of ['bytes=5-2', 'bytes=999999999-', 'bytes=-', 'lines=1']) {
    test(`the whole page comes for Range: ${range}`, async () => {
      expect((await get('/', { Range: range })).status).toBe(200)
    })
  }
  for (const target of [
    '/../config.ts',
    '/..%2f..%2f.git/config',
    '/%2e%2e/%2e%2e/state/key',
    '/%',
    '/%00',
  ]) {
    test(`${target} is not there`, async () => {
      const { status, body } = await get(target)
      expect(status).toBe(404)
      expect(body).not.toContain('SECRET')
    })
  }
  test('there is no update socket', async () => {
    const answer = await get('/', {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      Origin: `http://127.0.0.1:${front.port}`,
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'AQIDBAUGBwgJCgsMDQ4PEA==',
      'Sec-WebSocket-Protocol': 'vite-hmr',
    })
    expect(answer.status).toBe(404)
  })
  test('without a build there is one line', () => {
    const empty = createFixture(CONFIG)
    expect(() => createBuiltSite(empty.root)).toThrow(/holds no site; run: npm run build$/)
    empty.remove()
  })
})
