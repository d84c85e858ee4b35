/** What breaks under the server's hands: each gets an error that a person understands, and a way on. */
import { execFile } from 'node:child_process'
import { readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { CLOSE } from '../../playground/protocol.ts'
import { listProcesses } from '../../playground/sandbox/processes.ts'
import { sandboxKind } from '../../playground/sandbox/sandbox.ts'
import { openStage, type Page, type Stage } from '../harness/client.ts'

const run = promisify(execFile)
const { kind } = await sandboxKind()

let stage: Stage
beforeEach(async () => {
  stage = await openStage()
})
afterEach(() => stage.close())

const exitIn = (page: Page) => page.messages.find(message => message.type === 'exit')

/** Host pids of this process's descendants for which the test holds. */
async function descendants(fits: (pid: number) => Promise<boolean>): Promise<number[]> {
  const all = await listProcesses('/proc')
  const mine = new Set([process.pid])
  // Pids come round again: a child's may be the smaller one. What is added is walked through as well.
  for (const ancestor of mine) for (const { pid, parent } of all) if (parent === ancestor) mine.add(pid)
  mine.delete(process.pid)
  const found = await Promise.all(
    [...mine].map(async pid => ((await fits(pid).catch(() => false)) ? [pid] : [])),
  )
  return found.flat()
}

const isFirstProcess = async (pid: number) =>
  /^NSpid:\s\d+\s1$/m.test(await readFile(`/proc/${pid}/status`, 'latin1'))
const isNamed = (name: string) => async (pid: number) =>
  (await readFile(`/proc/${pid}/comm`, 'latin1')).trim() === name

test.skipIf(kind === 'none')(
  'the sandbox is killed: the page says so, and the next try has a new one',
  async () => {
    const page = await stage.join('01-one')
    page.type('echo kept > mine.txt\r')
    await page.answers()
    const [first, ...others] = await descendants(isFirstProcess)
    expect(others).toEqual([])
    process.kill(first!, 'SIGKILL')
    expect(await page.closed).toEqual({
      code: CLOSE.failed,
      reason: 'The sandbox was ended from outside. Your files are kept.',
    })
    const again = await stage.join('01-one')
    again.type('cat mine.txt\r')
    await again.until(() => again.text.includes('kept'))
  },
)

test('the shell is killed: its status is told, and a new one can be had', async () => {
  const page = await stage.join('01-one')
  page.type('kill -9 $$\r')
  await page.until(() => exitIn(page) !== undefined)
  expect(exitIn(page)).toEqual({ type: 'exit', status: 137 })
  page.send({ type: 'start' })
  await page.answers()
})

test.skipIf(kind === 'none')('what joins the shell to its terminal is killed: the same', async () => {
  const page = await stage.join('01-one')
  await page.answers()
  const joins = async (pid: number) =>
    /nsenter\0.*\0bash\0/s.test(await readFile(`/proc/${pid}/cmdline`, 'utf8'))
  const [nsenter, ...others] = await descendants(joins)
  expect(others).toEqual([])
  process.kill(nsenter!, 'SIGKILL')
  await page.until(() => exitIn(page) !== undefined)
  expect(exitIn(page)).toEqual({ type: 'exit', status: 137 })
  page.send({ type: 'start' })
  await page.answers()
})

test('the shell is stopped: starting over ends it all the same', async () => {
  const page = await stage.join('01-one')
  page.type('kill -STOP $$\r')
  const isStopped = async (pid: number) => /^State:\sT/m.test(await readFile(`/proc/${pid}/status`, 'latin1'))
  await expect.poll(async () => (await descendants(isStopped)).length).toBeGreaterThan(0)
  expect((await stage.fetch('/api/reset/01-one', 'POST')).status).toBe(204)
  await (await stage.join('01-one')).answers()
})

test('the workspace is deleted: the shell lives, and starting over brings it back', async () => {
  const page = await stage.join('01-one')
  await page.answers()
  await rm(path.join(stage.state, 'workspaces'), { recursive: true })
  await page.answers()
  expect((await stage.fetch('/api/reset/01-one', 'POST')).status).toBe(204)
  expect((await page.closed).code).toBe(CLOSE.reset)
  const again = await stage.join('01-one')
  again.type('ls\r')
  await again.until(() => again.text.includes('server.ts'))
})

test('a half-open socket is given up, and the shell goes on', async () => {
  const page = await stage.join('01-one')
  await page.answers()
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  try {
    // As a machine that has lost its network: it answers no ping.
    const other = await stage.join('01-one', 'shell', {}, { autoPong: false })
    vi.advanceTimersByTime(60_000)
    expect((await other.closed).code).toBe(1006)
  } finally {
    vi.useRealTimers()
  }
  await page.answers()
})

test('two tabs that fight about the size leave the shell with that of the one typed in', async () => {
  const one = await stage.join('01-one')
  const two = await stage.join('01-one')
  for (let turn = 0; turn < 500; turn++) {
    one.send({ type: 'resize', columns: 80 + (turn % 50), rows: 20 + (turn % 7) })
    two.send({ type: 'resize', columns: 150 - (turn % 50), rows: 50 - (turn % 9) })
    if (turn % 25 === 0) (turn % 50 === 0 ? one : two).type('\x01')
  }
  // All of it has been heard before the last word is said.
  for (const page of [one, two]) {
    page.send({ type: 'ping' })
    await page.until(() => page.messages.some(({ type }) => type === 'pong'))
  }
  two.send({ type: 'resize', columns: 99, rows: 33 })
  two.type('\x15stty size\r')
  await one.until(() => one.text.includes('33 99'))
  expect(one.messages.findLast(({ type }) => type === 'size')).toEqual({
    type: 'size',
    columns: 99,
    rows: 33,
    yours: false,
  })
})

describe('limits', () => {
  test('more lessons than there may be: the one that nobody watches makes room, else the reason', async () => {
    await stage.close()
    stage = await openStage({ lessons: ['01-one', '02-two', '03-three'], workbenches: 2 })
    const one = await stage.join('01-one')
    const two = await stage.join('02-two')
    await expect(stage.join('03-three')).rejects.toThrow(
      '2 lessons are open already; close the tab of one (--sandboxes allows more)',
    )
    one.socket.close()
    await one.closed
    await expect
      .poll(async () => (await stage.join('03-three').catch(() => undefined)) !== undefined)
      .toBe(true)
    await two.answers()
    expect(stage.lines).toContain('01-one: closed to make room, nobody watches it')
  })

  test('a lesson that nobody watches is closed after a while, its files are kept', async () => {
    await stage.close()
    stage = await openStage({ idle: 50 })
    const page = await stage.join('01-one')
    page.type('echo kept > mine.txt; sleep 600 &\r')
    await page.answers()
    const { shell } = page.messages.find(message => message.type === 'hello')!
    page.socket.close()
    await expect
      .poll(() => stage.lines)
      .toContainEqual(expect.stringMatching(/^01-one: closed, nobody has watched/))
    await expect.poll(() => descendants(isNamed('sleep'))).toEqual([])
    const again = await stage.join('01-one', 'shell', { seen: { shell, at: 0 } })
    expect(again.messages.find(message => message.type === 'hello')!.shell).not.toBe(shell)
    again.type('cat mine.txt\r')
    await again.until(() => again.text.includes('kept'))
  })

  test('so is one that was opened by a request, and that no page has ever watched', async () => {
    await stage.close()
    stage = await openStage({ idle: 50 })
    expect((await stage.fetch('/api/act/01-one', 'POST', 0, '{"act":"add"}')).status).toBe(409)
    await expect
      .poll(() => stage.lines)
      .toContainEqual(expect.stringMatching(/^01-one: closed, nobody has watched/))
  })

  test('a page that watches keeps its lesson', async () => {
    await stage.close()
    stage = await openStage({ idle: 1 })
    const page = await stage.join('01-one')
    const other = await stage.join('01-one')
    other.socket.close()
    await other.closed
    await page.answers()
    expect(stage.lines).toEqual([])
  })

  test('a page with too many panes gets those that one may have', async () => {
    await stage.close()
    const panes = Array.from({ length: 17 }, (_, index) => `pane-${index}`)
    stage = await openStage({ panes })
    for (const pane of panes.slice(0, 16)) await stage.join('01-one', pane)
    await expect(stage.join('01-one', panes[16])).rejects.toThrow('16 terminals already')
  })
})

describe('on a machine that has run out of something', () => {
  beforeEach(context => {
    if (process.getuid?.() !== 0) context.skip('needs root, to mount what is nearly full')
  })
  const child = path.join(import.meta.dirname, 'faults-child.ts')
  const inNamespace = (prepare: string, what: string) =>
    run('unshare', [
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-c',
      `${prepare} && exec "$0" "$@"`,
      process.execPath,
      child,
      what,
    ])

  test('no further terminal: the pane says so, the others go on, and one that ends makes room', async () => {
    const devpts =
      'mount -t devpts -o newinstance,ptmxmode=0666,max=2 devpts /dev/pts && mount --bind /dev/pts/ptmx /dev/ptmx'
    const { stdout } = await inNamespace(devpts, 'terminals')
    expect(stdout.trim().split('\n')).toEqual([
      'one: started',
      'two: started',
      expect.stringMatching(
        /^three: no further terminal can be had on this machine \(.+\); close some and try again$/,
      ),
      'one: answers',
      'three: started',
    ])
  })

  test.skipIf(kind !== 'bwrap')(
    'bubblewrap gone in mid-flight: one line, and it is used when it is back',
    async () => {
      const { stdout } = await inNamespace(':', 'bubblewrap')
      expect(stdout.trim().split('\n')).toEqual(['started', 'bubblewrap is not installed', 'started'])
    },
  )

  test('a full disk: the pane says so', async () => {
    const { stdout } = await inNamespace('mount -t tmpfs -o size=8k tmpfs /mnt', 'disk')
    expect(stdout.trim()).toMatch(/^the disk is full: make room and try again \(.+\)$/)
  })

  test('a disk that the learner has filled: starting over makes room', async () => {
    const { stdout } = await inNamespace('mount -t tmpfs -o size=300k tmpfs /mnt', 'own disk')
    expect(stdout.trim().split('\n')).toEqual([expect.stringMatching(/^the disk is full/), '100000'])
  })
})

test('the state folder holds no more than workspaces after all that', async () => {
  const page = await stage.join('01-one')
  await page.answers()
  expect(await readdir(stage.state)).toEqual(['workspaces'])
})
