/** A `checks.ts` that does not come back, ends what it runs in, or takes all there is: it holds up nobody else. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { spawn as spawnPty } from 'node-pty'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { readPages } from '../../playground/authoring/pages.ts'
import type { Machine } from '../../playground/protocol.ts'
import { type Checks, openChecks } from '../../playground/workbench/checks.ts'
import { needsSandbox } from '../harness/needs.ts'

let base: string
let checks: Checks | undefined
beforeAll(async () => {
  base = await mkdtemp(path.join(os.tmpdir(), 'playground-test-'))
})
afterEach(() => {
  vi.useRealTimers()
  return checks?.close()
})
afterAll(() => rm(base, { recursive: true, force: true }))

const source = () => path.join(base, 'checks.ts')
const save = (text: string) => writeFile(source(), text)
const machine = { at: 1 } as Machine
const GOOD = 'export const good = () => true\n'

async function judge(text: string, names = ['it', 'good']) {
  await checks?.close()
  await save(text + GOOD)
  checks = openChecks(source())
  return checks.judge(names, machine)
}

/** What was said, and whether timers of this thread came in time meanwhile. */
async function watched<Out>(work: Promise<Out>): Promise<{ out: Out; longestPause: number }> {
  let last = performance.now()
  let longestPause = 0
  const timer = setInterval(() => {
    longestPause = Math.max(longestPause, performance.now() - last)
    last = performance.now()
  }, 10)
  const out = await work
  clearInterval(timer)
  return { out, longestPause }
}

const LATE = /^checks\.ts: it has not come back within 1 s, and was ended$/

test('the terminals of lessons are none of their business', async () => {
  const terminal = spawnPty('cat', [], {})
  const list = `export const it = () => fs.readdirSync('/proc/self/fd').map(fd => {
    try { return fs.readlinkSync('/proc/self/fd/' + fd) } catch { return '' }
  }).join()`
  const said = await judge(`import fs from 'node:fs'\n${list}\n`)
  terminal.kill()
  expect(said.it).toMatchObject({ observed: expect.stringContaining('socket:') })
  expect(said.it).not.toMatchObject({ observed: expect.stringContaining('ptmx') })
})

describe('the others are asked, and the server goes on', () => {
  test.each<[what: string, text: string, observed: RegExp]>([
    ['loops', 'export const it = () => { for (;;); }', LATE],
    ['loops in a pattern', `export const it = () => /^(a+)+$/.test('a'.repeat(64) + 'b')`, LATE],
    [
      'waits in vain',
      'export const it = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)',
      LATE,
    ],
    [
      'waits for another program',
      "import { execSync } from 'node:child_process'\nexport const it = () => execSync('sleep 60')",
      LATE,
    ],
    ['exits', 'export const it = () => process.exit(7)', /^checks\.ts: it has ended its process with 7$/],
    [
      'takes all memory',
      'export const it = () => { const all = []; for (;;) all.push(Array(4e6).fill(1.5)) }',
      /^checks\.ts: it has (taken more than 128 MiB of memory|not come back within 1 s), and was ended$/,
    ],
    [
      'prints without end',
      'export const it = () => { for (;;) process.stderr.write("") }',
      /^checks\.ts: it has (taken more than 128 MiB of memory|not come back within 1 s), and was ended$/,
    ],
    // Whichever bound is met first.
    [
      'answers with 100 MB',
      'export const it = () => "x".repeat(1e8)',
      /^x{999}…$|^checks\.ts: it has not come back within 1 s/,
    ],
    [
      'answers with what loops when it is looked at',
      'export const it = () => ({ get broken() { for (;;); } })',
      LATE,
    ],
    [
      'throws at line 2',
      'export const it = () =>\n  undefined.port\n',
      /^checks\.ts:2: Cannot read properties of undefined \(reading 'port'\)$/,
    ],
    [
      'is killed',
      'export const it = () => process.kill(process.pid, "SIGKILL") && Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)',
      /^checks\.ts: it has ended its process with SIGKILL$/,
    ],
    ['throws nothing', 'export const it = () => { throw undefined }', /^checks\.ts: undefined$/],
  ])('%s', async (_what, text, observed) => {
    const { out, longestPause } = await watched(judge(`${text}\n`))
    expect(out.it?.observed).toMatch(observed)
    expect(out.good).toEqual({ state: 'passed' })
    expect(longestPause).toBeLessThan(900)
  })

  test('a promise that never comes, and work that goes on behind it', async () => {
    const out = await judge('export async function it() { for (;;) await 0 }\n')
    expect(out).toEqual({
      it: { state: 'waiting', observed: 'checks.ts: it returned a promise; it must be true or a text' },
      good: { state: 'passed' },
    })
    const later = await checks!.judge(['good'], machine)
    expect(later.good?.observed).toBe(
      'checks.ts: something that goes on after its checks have answered has not come back within 1 s, and was ended',
    )
  })

  test('an error that comes later, and an exit', async () => {
    // Who is blamed for it is asked again after ten seconds.
    vi.useFakeTimers({ toFake: ['performance'] })
    for (const later of ['throw new Error("later")', 'process.exit()']) {
      const text = `export const it = () => { setTimeout(() => { ${later} }); return 'soon' }\n`
      expect((await judge(text)).it).toEqual({ state: 'waiting', observed: 'soon' })
      await expect
        .poll(async () => {
          vi.advanceTimersByTime(10_000)
          return (await checks!.judge(['good'], machine)).good
        })
        .toEqual({ state: 'passed' })
    }
  })
})

test.each<[what: string, text: string, what2: RegExp, line?: number]>([
  ['loops', 'for (;;);', /^it cannot be loaded: it has not come back within 5 s, and was ended$/],
  ['waits for ever', 'await new Promise(() => {})', /^it cannot be loaded: it has not come back within 5 s/],
  ['exits', 'process.exit(0)', /^it cannot be loaded: it has ended its process with 0$/],
  ['throws', '\n\nthrow new TypeError("ouch")', /^it cannot be loaded: ouch$/, 3],
  ['throws nothing', 'throw null', /^it cannot be loaded: null$/],
  ['is no TypeScript', '\nexport const it = (', /^it cannot be loaded: Expression expected$/, 3],
  ['needs more than types', '\nenum Port { http }', /^it cannot be loaded: .*enum is not supported/, 2],
])('a file that %s: one mistake, and the next page is read', async (_what, text, what, line) => {
  await save(`${text}\n${GOOD}`)
  const page = path.join(base, 'page.md')
  await writeFile(page, '# Page\n\n```console\n$ true\n```\n\n::: check good\nText.\n:::\n')
  const { out, longestPause } = await watched(readPages([{ file: page }]))
  expect(out.mistakes).toHaveLength(1)
  expect(out.mistakes[0]).toMatchObject({ file: source(), line, what: expect.stringMatching(what) })
  expect(longestPause).toBeLessThan(4000)
})

test('a file that loops: said of each check, until it is saved', async () => {
  const observed = 'checks.ts cannot be loaded: it has not come back within 5 s, and was ended'
  const said = { state: 'waiting', observed }
  expect(await judge('for (;;);\n')).toEqual({ it: said, good: said })
  await save(GOOD)
  expect(await checks!.judge(['good'], machine)).toEqual({ good: { state: 'passed' } })
})

test('one that did not come back is asked again when the file is saved, and not at once', async () => {
  await judge('export const it = () => { for (;;); }\n')
  const before = performance.now()
  expect((await checks!.judge(['it', 'good'], machine)).it?.observed).toMatch(LATE)
  expect(performance.now() - before).toBeLessThan(900)
  await save(`export const it = () => 'mended'\n${GOOD}`)
  expect((await checks!.judge(['it'], machine)).it?.observed).toBe('mended')
})

/** `verify` of a page with one check that loops. */
async function verifyLoop() {
  await save('export const it = () => { for (;;); }\n')
  const page = path.join(base, 'page.md')
  await writeFile(page, '# Page\n\n```console\n$ true\n```\n\n::: check it\nText.\n:::\n')
  const verify = path.resolve('playground/authoring/verify.ts')
  return spawn(process.execPath, [verify, page], { stdio: ['ignore', 'pipe', 'pipe'] })
}

test('verify names a check that loops, and ends', async context => {
  await needsSandbox(context)
  const child = await verifyLoop()
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', data => (text += data))
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000)
  const [status] = await once(child, 'close')
  clearTimeout(timer)
  expect({ status, text }).toMatchObject({ status: 1 })
  expect(text).toContain('checks.ts: it has not come back within 1 s, and was ended')
})

test('what loops ends with a server that is killed', async context => {
  await needsSandbox(context)
  const child = await verifyLoop()
  const childrenOf = async (pid: number) => {
    const pids = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
    return pids.split(' ').filter(pid => pid !== '')
  }
  const titleOf = (pid: string) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  let looping: string | undefined
  await expect
    .poll(async () => {
      for (const pid of await childrenOf(child.pid!))
        if ((await titleOf(pid)).includes('check-child.ts')) looping = pid
      return looping
    })
    .toBeDefined()
  child.kill('SIGKILL')
  await expect.poll(() => titleOf(looping!)).not.toContain('check-child.ts')
})
