import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { raw, request } from './front.ts'

const repo = join(import.meta.dirname, '..')

let home: string
let children: ChildProcess[]

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'start-test-'))
  children = []
})

afterEach(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  rmSync(home, { recursive: true, force: true })
})

interface Run {
  child: ChildProcess
  /** What it has printed on both until now. */
  text(): string
  printed(pattern: RegExp): Promise<RegExpExecArray>
  /** Exit status, or the signal's name. */
  ended: Promise<number | string>
}

function run(root: string, ...args: string[]): Run {
  const child = spawn(process.execPath, [join(root, 'playground', 'start.mjs'), ...args], {
    cwd: home,
    env: {
      ...process.env,
      PATH: `${home}:${process.env.PATH}`,
      XDG_STATE_HOME: join(home, 'state'),
      NO_COLOR: '1',
    },
  })
  children.push(child)
  let text = ''
  const looks = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', chunk => {
      text += chunk
      for (const look of [...looks]) look()
    })
  }
  const printed = (pattern: RegExp) =>
    new Promise<RegExpExecArray>(resolve => {
      const look = () => {
        const match = pattern.exec(text)
        if (!match) return
        looks.delete(look)
        resolve(match)
      }
      looks.add(look)
      look()
    })
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal)
  return { child, text: () => text, printed, ended }
}

async function expectOneLine({ ended, text }: Run, line: RegExp): Promise<void> {
  expect(await ended).toBe(2)
  expect(text()).toMatch(line)
  expect(text()).toMatch(/^[^\n]+\n$/)
}

describe('start.mjs', () => {
  const carrier = `node-${process.platform}-${process.arch}`

  /** A copy of the start in a tree of its own; its package.json pins `version`. */
  function tree(version: string | undefined): string {
    const root = join(home, 'tree')
    mkdirSync(join(root, 'playground'), { recursive: true })
    copyFileSync(join(repo, 'playground', 'start.mjs'), join(root, 'playground', 'start.mjs'))
    const optionalDependencies = version === undefined ? {} : { [carrier]: version }
    writeFileSync(join(root, 'package.json'), JSON.stringify({ type: 'module', optionalDependencies }))
    return root
  }

  test('without dependencies: one line', () =>
    expectOneLine(run(tree(process.versions.node), './a.ts'), /not installed; run: npm install$/m))

  test('without the pinned Node, which npm leaves out silently: one line', async () => {
    const root = tree('99.1.2')
    mkdirSync(join(root, 'node_modules'))
    const line = new RegExp(
      `^Node 99\\.1\\.2 \\(${carrier}\\) was not installed; run: npm ci --include=optional$`,
      'm',
    )
    await expectOneLine(run(root, './a.ts'), line)
  })

  test('run by another Node than the pinned one: one line', async () => {
    const root = tree('99.1.2')
    mkdirSync(join(root, 'node_modules', carrier, 'bin'), { recursive: true })
    writeFileSync(join(root, 'node_modules', carrier, 'bin', 'node'), '')
    await expectOneLine(run(root, './a.ts'), /^this is Node [\d.]+; run it with npm, .* Node 99\.1\.2$/m)
  })

  test('without a module, or with one that is not there: one line', async () => {
    const root = tree(process.versions.node)
    mkdirSync(join(root, 'node_modules'))
    await expectOneLine(run(root), /^usage: /)
    await expectOneLine(run(root, './a.ts'), /a\.ts is not there$/m)
    await expectOneLine(run(root, 'a/b.js'), /node_modules\/a\/b\.js is not there$/m)
  })

  for (const version of [process.versions.node, undefined]) {
    test(`the ${version ? 'pinned' : 'only possible'} Node runs the module as if it had been called itself`, async () => {
      const root = tree(version)
      const body =
        'const args: string[] = process.argv\nconsole.log(JSON.stringify(args))\nprocess.exitCode = 7\n'
      mkdirSync(join(root, 'node_modules', 'a'), { recursive: true })
      writeFileSync(join(root, 'playground', 'a.ts'), body)
      writeFileSync(join(root, 'node_modules', 'a', 'b.mjs'), body.replace(': string[]', ''))
      for (const [module, file] of [
        ['./a.ts', join(root, 'playground', 'a.ts')],
        ['a/b.mjs', join(root, 'node_modules', 'a', 'b.mjs')],
      ] as const) {
        const { ended, text } = run(root, module, '--port', '1', 'x y')
        expect(await ended).toBe(7)
        expect(JSON.parse(text())).toEqual([process.execPath, file, '--port', '1', 'x y'])
      }
    })
  }

  test('this repository pins the Node that runs the tests', () => {
    const { optionalDependencies } = JSON.parse(readFileSync(join(repo, 'package.json'), 'utf8'))
    if (carrier in optionalDependencies) expect(optionalDependencies[carrier]).toBe(process.versions.node)
    else expect(Number.parseInt(process.versions.node, 10)).toBeGreaterThanOrEqual(24)
  })
})

describe('main.ts', () => {
  const start = (...args: string[]) => run(repo, './main.ts', ...args)
  const link = /http:\/\/127\.0\.0\.1:(\d+)\/#key=([\w-]{43})\n/

  test('mistakes are one line and exit 2', async () => {
    await expectOneLine(start('--prot', '80'), /^unknown option --prot; /)
    await expectOneLine(start('--port', '99999'), /^--port 99999 is not a port; /)
    await expectOneLine(start('--host', '0.0.0.0'), /^--host 0\.0\.0\.0 is refused: /)
    mkdirSync(join(home, 'state', 'reuseport-playground'), { recursive: true, mode: 0o755 })
    await expectOneLine(start(), /is open to others \(mode 755\); run: chmod 700 /)
  })

  test('--help prints the options and ends', async () => {
    const { ended, text } = start('--help')
    expect(await ended).toBe(0)
    expect(text()).toMatch(/^ {2}--port N /m)
  })

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    test(`prints the link, answers, and ends at ${signal} with 0`, async () => {
      const { child, printed, ended, text } = start('--port', '0')
      const [, port, key] = await printed(link)
      expect(statSync(join(home, 'state', 'reuseport-playground', 'key')).mode & 0o777).toBe(0o600)
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
      const { child, printed, ended } = start('--port', '0', ...args)
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
    const { child, printed, ended, text } = start('--port', String(port))
    const [, got] = await printed(link)
    expect(Number(got)).toBeGreaterThan(port)
    expect(text()).toContain(`port ${port} is taken; this is ${got}\n`)
    child.kill('SIGINT')
    expect(await ended).toBe(0)
    other.close()
  })

  test('a signal that comes twice at once is one', async () => {
    const { child, printed, ended } = start('--port', '0')
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
    writeFileSync(join(home, 'xdg-open'), script.join('\n'), { mode: 0o755 })
    const { child, printed, ended } = start('--port', '0', '--open')
    const [, port, key] = await printed(link)
    await printed(/no browser was opened \(xdg-open ended with 3\); open the link yourself\n/)
    expect(readFileSync(join(home, 'xdg-open.line'), 'utf8')).not.toContain(key)
    expect(readFileSync(join(home, 'xdg-open.page'), 'utf8')).toContain(
      `url=http://127.0.0.1:${port}/#key=${key}"`,
    )
    const page = join(home, 'state', 'reuseport-playground', 'open.html')
    expect(statSync(page).mode & 0o777).toBe(0o600)
    child.kill('SIGINT')
    expect(await ended).toBe(0)
    expect(statSync(page, { throwIfNoEntry: false })).toBeUndefined()
  })

  test('whoever reads its log may go', async () => {
    const { child, printed, ended } = start('--port', '0')
    const [, port] = await printed(link)
    child.stdout?.destroy()
    child.stderr?.destroy()
    const get = () => raw(Number(port), request('GET /', { Host: 'evil.example', Connection: 'close' }))
    for (let i = 0; i < 3; i++) expect((await get()).status).toBe(403)
    child.kill('SIGINT')
    expect(await ended).toBe(0)
  })
})
