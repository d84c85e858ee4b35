import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { groupOf } from '../harness/group.ts'
import { needsProgram } from '../harness/needs.ts'
import { freePort, OWN_HOST } from '../harness/own-address.ts'
import { canConnect, describeScripts, isAlive, useRunning } from '../harness/scripts.ts'

const FOLDER = path.resolve('lessons/11-supervisor')
const LANGUAGES = { ts: process.execPath, py: 'python3' } as const

describeScripts('lessons/11-supervisor', {
  server: { numbers: ['--port', '--workers', '--block', '--crash-after'], listens: true },
})

const begin = useRunning(({ pid }) => process.kill(-pid!, 'SIGKILL'))

interface Place {
  /** As the shell knows it: perhaps a link. */
  folder?: string
  more?: NodeJS.ProcessEnv
}

describe.each(Object.entries(LANGUAGES))('%s', (lang, program) => {
  beforeEach(context => needsProgram(context, 'python3'))

  async function start(options: string[], { folder = FOLDER, more = {} }: Place = {}) {
    const port = await freePort()
    const args = [`server.${lang}`, '--host', OWN_HOST, '--port', `${port}`, ...options]
    const parent = begin(program, args, { cwd: folder, env: { PWD: folder, ...more }, detached: true })
    const lines = createInterface(parent.stdout!)[Symbol.asyncIterator]()
    /** The number in the next line, which must match. */
    const line = async (pattern: RegExp) => {
      const { value } = await lines.next()
      expect(value).toMatch(pattern)
      return Number(pattern.exec(String(value))![1])
    }
    await line(/^parent (\d+) starts/)
    const begun = async (count: number) => {
      const pids: number[] = []
      while (pids.length < count) pids.push(await line(/^worker (\d+) is listening/))
      return pids
    }
    return { parent, port, line, begun }
  }

  test('workers that die young are started after pauses that double', async () => {
    const { line, begun } = await start(['--workers', '1', '--crash-after', '50'])
    for (const pause of ['0.5', '1', '2']) {
      const [pid] = await begun(1)
      expect(await line(/^worker (\d+) has died: status 7$/)).toBe(pid)
      await line(new RegExp(`^the next start is in ${pause.replace('.', '\\.')} s$`))
    }
  })

  test('orders that come during a pause do not start anything before its end', async () => {
    const { parent, line, begun } = await start(['--workers', '2'])
    // The second one is begun when the parent knows that the first is ready.
    const [first] = await begun(2)
    process.kill(first!, 'SIGKILL')
    expect(await line(/^worker (\d+) has died: SIGKILL$/)).toBe(first)
    const before = performance.now()
    await line(/^the next start is in 0\.5 s$/)
    for (let order = 0; order < 5; order++) parent.kill('SIGTTIN')
    await begun(1)
    // Timers keep whole milliseconds.
    expect(performance.now() - before).toBeGreaterThan(490)
  })

  test('a terminal that is closed tells all: the parent restarts, no worker is killed', async () => {
    const { parent, line, begun } = await start(['--workers', '2'])
    const old = await begun(2)
    process.kill(-parent.pid!, 'SIGHUP')
    await begun(2)
    expect([
      await line(/^worker (\d+) has left: status 0$/),
      await line(/^worker (\d+) has left: status 0$/),
    ]).toEqual(old)
    await line(/^restart (d)one: 2 of 2 replaced$/)
  })

  test('what is inherited from another supervisor makes no worker', async () => {
    const { begun } = await start(['--workers', '1'], { more: { SUPERVISOR: '1 3' } })
    await begun(1)
  })

  test('a worker whose parent ends while it begins makes no workers of its own', async () => {
    const { parent } = await start(['--workers', '2'])
    await expect.poll(() => groupOf(parent.pid!).length).toBeGreaterThan(1)
    parent.kill('SIGKILL')
    await expect.poll(() => groupOf(parent.pid!)).toEqual([])
  })

  test('told to leave, a worker first takes all connections that wait in its queue', async () => {
    const { port, line, begun } = await start(['--workers', '1', '--block', '0'])
    const [worker] = await begun(1)
    process.kill(worker!, 'SIGSTOP')
    // The kernel makes them; nobody can take them out.
    const clients = Array.from({ length: 20 }, () => connect(port, OWN_HOST))
    await Promise.all(clients.map(client => once(client, 'connect')))
    const answers = clients.map(client => {
      client.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
      return text(client).catch((error: Error) => error.message)
    })
    // Both wait for it when it goes on.
    process.kill(worker!, 'SIGTERM')
    process.kill(worker!, 'SIGCONT')
    for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(await line(/^worker (\d+) has died: status 0$/)).toBe(worker)
  })

  test('told a second time to end, it waits for nobody', async () => {
    const { parent, port, line, begun } = await start(['--workers', '1'])
    const [worker] = await begun(1)
    const client = await hold(port)
    parent.kill('SIGTERM')
    await expect.poll(() => canConnect(port)).toBe(false)
    parent.kill('SIGTERM')
    expect(await line(/^worker (\d+) has left: SIGKILL$/)).toBe(worker)
    expect(await once(parent, 'exit')).toEqual([0, null])
    client.destroy()
  })

  test('a worker that has lost its parent does not wait for ever for a client', async () => {
    const { parent, port, begun } = await start(['--workers', '1'])
    const [worker] = await begun(1)
    const client = await hold(port)
    parent.kill('SIGKILL')
    await expect.poll(() => canConnect(port)).toBe(false)
    await expect.poll(() => isAlive(worker!)).toBe(false)
    client.destroy()
  })

  test('a link that leads elsewhere now: a restart brings what is there', async () => {
    const root = mkdtempSync(path.join(tmpdir(), 'releases-'))
    onTestFinished(() => rmSync(root, { recursive: true }))
    for (const release of ['one', 'two']) {
      mkdirSync(path.join(root, release))
      cpSync(FOLDER, path.join(root, release), { recursive: true })
    }
    cpSync('package.json', path.join(root, 'package.json'))
    const current = path.join(root, 'current')
    symlinkSync('one', current)
    const { parent, begun } = await start(['--workers', '1'], { folder: current })
    const [old] = await begun(1)
    expect(path.basename(readlinkSync(`/proc/${old}/cwd`))).toBe('one')
    symlinkSync('two', `${current}.new`)
    renameSync(`${current}.new`, current)
    parent.kill('SIGHUP')
    const [fresh] = await begun(1)
    expect(path.basename(readlinkSync(`/proc/${fresh}/cwd`))).toBe('two')
  })
})

/** A connection that has had one answer and stays open. */
async function hold(port: number) {
  const client = connect(port, OWN_HOST)
  client.on('error', () => {})
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(client, 'data')
  return client
}
