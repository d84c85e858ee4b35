/** The archive for a room without a network: unpacked and used by an ordinary user who has none. */
import { type ExecFileException, execFile } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { needsProgram, needsSandbox } from './harness/needs.ts'
import { runModule } from './harness/verify.ts'

/** It builds the site, packs 300 MB and unpacks them. */
const TIMEOUT_MS = 20 * 60_000
const MOST_BYTES = 250e6

const folder = mkdtempSync(join(tmpdir(), 'kit-test-'))
const archive = join(folder, 'kit.tar.gz')
const kit = join(folder, 'home', `one-port-kit-${process.arch}`)

/** Runs a command with loopback alone, by a user who is not root anywhere outside. */
function withoutNetwork(...command: string[]): Promise<{ status: number; text: string }> {
  const isRoot = process.getuid?.() === 0
  const space = ['--net', ...(isRoot ? [] : ['--user', '--map-root-user'])]
  const ordinary = isRoot ? ['setpriv', '--reuid=65432', '--regid=65432', '--clear-groups', '--'] : []
  const args = [...space, 'sh', '-c', 'ip link set lo up && exec "$@"', '-', ...ordinary, ...command]
  const env = { PATH: process.env.PATH, HOME: join(folder, 'home'), NO_COLOR: '1' }
  return new Promise(resolve =>
    execFile(
      'unshare',
      args,
      { cwd: join(folder, 'home'), env },
      (error: ExecFileException | null, out, complaint) =>
        resolve({ status: error ? Number(error.code) : 0, text: out + complaint }),
    ),
  )
}

beforeAll(async () => {
  chmodSync(folder, 0o755)
  mkdirSync(join(folder, 'home'))
  chmodSync(join(folder, 'home'), 0o777)
  const made = await runModule('./authoring/kit.ts', ['--no-debs', '--out', archive])
  expect(made.status, made.error).toBe(0)
  expect(made.out).toMatch(/kit\.tar\.gz: \d+ MB; unpack it, and read one-port-kit-\w+\/README\.md\n$/)
  const unpacked = await withoutNetwork('tar', '-xf', archive)
  expect(unpacked).toEqual({ status: 0, text: '' })
}, TIMEOUT_MS)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('is small enough to be handed on', () => {
  expect(statSync(archive).size).toBeLessThan(MOST_BYTES)
})

test(
  'serves its pages and their terminals to a machine without a network',
  async context => {
    needsProgram(context, 'ip', 'unshare', 'setpriv')
    const use = `
    const { spawn } = require('node:child_process')
    const net = require('node:net')
    const child = spawn(process.argv[1], ['--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.on('data', async chunk => {
      text += chunk
      const [, origin] = /(http:\\S+)\\/#key=/.exec(text) ?? []
      if (!origin || child.used) return
      child.used = true
      const page = await fetch(origin + '/lessons/01-bind-conflict')
      console.log(page.status, (await page.text()).includes('data-transcript'))
      console.log((await (await fetch(origin + '/api/health')).json()).sandbox)
      net.connect(80, '192.0.2.1').on('error', error => {
        console.log(error.code, process.getuid())
        child.kill()
      })
    })
    child.on('exit', status => console.log('ended', status))`
    const node = join(kit, 'project/node_modules/.bin/node')
    const { text } = await withoutNetwork(node, '-e', use, join(kit, 'start'))
    expect(text).toMatch(/^200 true\n(?:bwrap|unshare|none)\nENETUNREACH \d+\nended 0\n$/)
  },
  TIMEOUT_MS,
)

test(
  'proves its first lesson there',
  async context => {
    await needsSandbox(context)
    needsProgram(context, 'ip', 'unshare', 'setpriv', 'ss', 'python3')
    const page = join(kit, 'project/docs/lessons/01-bind-conflict.md')
    const { status, text } = await withoutNetwork(join(kit, 'start'), 'verify', page)
    expect(status, text).toBe(0)
    expect(text).toMatch(/\n\d+ passed, 0 failed, 0 skipped\n/)
  },
  TIMEOUT_MS,
)

test('says what it needs on one page', async () => {
  const { status, text } = await withoutNetwork('cat', join(kit, 'README.md'))
  expect(status).toBe(0)
  expect(text).toContain('sudo apt-get install bubblewrap ')
  expect(text.split('\n').length).toBeLessThan(60)
  expect((await withoutNetwork(join(kit, 'start'), 'doctor')).text).toMatch(/sandbox/)
})

test.each([
  [['--with-ours'], 'kit: --with-ours goes with --lessons DIR\n'],
  [['--lessons', 'nowhere'], /^kit: \S+\/nowhere: there is no such folder; give one with lessons in it\n$/],
  [['--out'], /^kit: Option '--out <value>' argument missing; npm run kit -- --help lists the options\n$/],
  [['x'], /^kit: unexpected x; /],
])('%j is one line', async (args, line) => {
  const { status, error } = await runModule('./authoring/kit.ts', args)
  expect(status).toBe(2)
  expect(error).toMatch(line)
})
