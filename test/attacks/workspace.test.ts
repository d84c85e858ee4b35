/** What a learner's program can put in the place of what the server reads and writes when it opens a lesson. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { SANDBOX_UID } from '../../playground/sandbox/namespaces.ts'
import { needsProgram } from '../harness/needs.ts'
import { ATTACK, USERS, useOwnWorkspace } from './own-workspace.ts'

describe.for(USERS)('in the place of a script, as $user', ATTACK, ({ asRoot }) => {
  const own = useOwnWorkspace(asRoot)

  /** Opening does not wait for it, follow it or take it away. */
  async function expectKept(make: (file: string) => unknown, name = 'server.ts'): Promise<void> {
    await own.open()
    rmSync(own.inside(name), { recursive: true })
    await make(own.inside(name))
    const { ino } = lstatSync(own.inside(name))
    expect(await own.open()).not.toContain(name)
    expect(lstatSync(own.inside(name)).ino).toBe(ino)
    await own.expectFreshStart()
  }

  test('a FIFO', () => expectKept(file => execFileSync('mkfifo', [file])))

  test('a link to a device without end', () => expectKept(file => symlinkSync('/dev/zero', file)))

  test('a link to nowhere', () => expectKept(file => symlinkSync('/nowhere/at/all', file)))

  test('a link to itself', () => expectKept(file => symlinkSync('server.ts', file)))

  test('a folder', () => expectKept(file => mkdirSync(path.join(file, 'x'), { recursive: true })))

  test('a FIFO for a folder', () => expectKept(file => execFileSync('mkfifo', [file]), 'sub'))

  test('a file for a folder', () => expectKept(file => writeFileSync(file, ''), 'sub'))

  test('a link for a folder', async () => {
    await expectKept(file => symlinkSync(own.outside, file), 'sub')
    expect(readdirSync(own.outside)).toEqual([])
  })

  test('a socket', () =>
    expectKept(async file => {
      const listen = `require('net').createServer().listen(${JSON.stringify(file)}, () => console.log())`
      await once(own.start(listen).stdout!, 'data')
    }))

  test('a file of 5 GiB', () =>
    expectKept(file => {
      writeFileSync(file, '')
      truncateSync(file, 5 * 1024 ** 3)
    }))

  test('a file under a lease, whose holder would have to be asked', async context => {
    needsProgram(context, 'python3')
    await own.open()
    const program = own.start(`
      const python = \`
import fcntl, signal, sys
signal.signal(signal.SIGIO, signal.SIG_IGN)
file = open("server.ts", "r+")
fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print("held", flush=True)
sys.stdin.read()\`
      require('child_process').spawn('python3', ['-c', python], { stdio: ['pipe', 'inherit', 'inherit'] })`)
    await once(program.stdout!, 'data')
    const begun = performance.now()
    expect(await own.open()).not.toContain('server.ts')
    // The kernel lets a holder have 45 s.
    expect(performance.now() - begun).toBeLessThan(20_000)
    await own.expectFreshStart()
  })

  test('a file with another name elsewhere, which is not written through', async () => {
    await own.open()
    const other = path.join(own.outside, 'other')
    rmSync(own.inside('server.ts'))
    writeFileSync(other, 'shipped')
    linkSync(other, own.inside('server.ts'))
    writeFileSync(path.join(own.scripts, 'server.ts'), 'shipped anew')
    await own.open()
    expect(readFileSync(own.inside('server.ts'), 'utf8')).toBe('shipped anew')
    expect(readFileSync(other, 'utf8')).toBe('shipped')
    expect(lstatSync(other).uid).toBe(process.geteuid?.())
  })

  test('something else than a folder for the whole workspace: what to do, and it helps', async () => {
    await own.open()
    rmSync(own.workspace, { recursive: true })
    symlinkSync(own.outside, own.workspace)
    await expect(own.open()).rejects.toThrow(
      `${own.workspace} is no folder of yours; start over, or move it away`,
    )
    await own.expectFreshStart()
    expect(readdirSync(own.outside)).toEqual([])
  })
})

describe.for(USERS)('the record of what was shipped, as $user', ATTACK, ({ asRoot }) => {
  const own = useOwnWorkspace(asRoot)
  const record = () => `${own.workspace}.shipped.json`

  test.for([
    { what: 'truncated', bytes: '{"server.ts":"0a' },
    { what: 'empty', bytes: '' },
    { what: 'null', bytes: 'null' },
    { what: 'a list', bytes: '[1]' },
    { what: 'a text', bytes: '"server.ts"' },
    { what: 'of the wrong types', bytes: '{"server.ts":{"length":64},"sub/data.txt":7}' },
    { what: 'with a prototype', bytes: '{"__proto__":{"server.ts":"x"},"constructor":"x"}' },
    { what: 'no UTF-8', bytes: Buffer.from([0xff, 0xfe, 0x7b]) },
    { what: 'endless', bytes: '['.repeat(3_000_000) },
  ])('$what: what is there stays, and is recorded anew', async ({ bytes }) => {
    await own.open()
    const before = readFileSync(record(), 'utf8')
    writeFileSync(own.inside('server.ts'), 'mine')
    writeFileSync(record(), bytes)
    expect(await own.open()).toEqual(['server.ts', 'sub/data.txt'])
    expect(readFileSync(own.inside('server.ts'), 'utf8')).toBe('mine')
    expect(readFileSync(record(), 'utf8')).toBe(before)
    await own.expectFreshStart()
  })

  test.for([
    { what: 'a FIFO', make: (file: string) => execFileSync('mkfifo', [file]) },
    { what: 'a link to a device without end', make: (file: string) => symlinkSync('/dev/zero', file) },
    { what: 'a folder', make: (file: string) => mkdirSync(path.join(file, 'x'), { recursive: true }) },
  ])('$what in its place: made anew', async ({ make }) => {
    await own.open()
    for (const file of [record(), own.beside('package.json')]) {
      unlinkSync(file)
      make(file)
    }
    await own.open()
    expect(JSON.parse(readFileSync(record(), 'utf8'))).toHaveProperty(['server.ts'])
    expect(readFileSync(own.beside('package.json'), 'utf8')).toBe('{ "type": "module" }\n')
    await own.expectFreshStart()
  })

  test('a script named like a prototype is followed like any other', async () => {
    for (const version of ['one', 'two']) {
      writeFileSync(path.join(own.scripts, '__proto__'), version)
      await own.open()
      expect(readFileSync(own.inside('__proto__'), 'utf8')).toBe(version)
    }
  })

  test('it is whole at any moment', async () => {
    await own.open()
    let opened = false
    const seen = new Set<string>()
    const look = async () => {
      while (!opened) {
        seen.add(readFileSync(record(), 'utf8'))
        await new Promise(setImmediate)
      }
    }
    const openOften = async () => {
      for (let round = 0; round < 50; round++) {
        writeFileSync(path.join(own.scripts, 'server.ts'), `round ${round}`)
        await own.open()
      }
    }
    await Promise.all([look(), openOften().finally(() => (opened = true))])
    expect(seen.size).toBeGreaterThan(1)
    for (const text of seen) expect(Object.keys(JSON.parse(text))).toEqual(['server.ts', 'sub/data.txt'])
  })

  // An ordinary user's sandbox sees none of it, as test/sandbox/sandbox.test.ts shows.
  if (asRoot)
    test('neither it nor what else lies beside a workspace is for the learner to write', async () => {
      await own.open()
      for (const name of ['.', 'package.json', '01-test.shipped.json']) {
        const { uid, mode } = lstatSync(own.beside(name))
        expect([name, uid, mode & 0o022]).toEqual([name, 0, 0])
      }
      for (const name of ['.', 'server.ts', 'sub', 'sub/data.txt'])
        expect([name, lstatSync(own.inside(name)).uid]).toEqual([name, SANDBOX_UID])
    })
})
