/** The scripts of lesson 17: bad input is one clear line; a worker counts gaps; the page's bounds are those of chance. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { packet } from '../../lessons/17-udp-streaming/rtp.ts'
import { needsProgram } from '../harness/needs.ts'
import { describeScripts } from '../harness/scripts.ts'

const FOLDER = 'lessons/17-udp-streaming'

describeScripts(FOLDER, {
  own: { numbers: ['--port', '--workers'] },
  client: { numbers: ['--port', '--flows', '--packets'], connects: true },
  multicast: { numbers: ['--port', '--packets'] },
  connected: { numbers: ['--port', '--clients'] },
  moves: { numbers: ['--workers'] },
})

const children: ChildProcess[] = []
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close()
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
})

/** A UDP socket on a free port of the loopback. */
async function open(): Promise<{ socket: Socket; port: number }> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  sockets.push(socket)
  await once(socket, 'listening')
  return { socket, port: socket.address().port }
}

describe.each([
  ['ts', process.execPath],
  ['py', 'python3'],
])('%s', (lang, program) => {
  beforeEach(context => needsProgram(context, 'python3'))

  const start = (script: string, ...options: string[]) => {
    const child = spawn(program, [path.join(FOLDER, `${script}.${lang}`), ...options])
    children.push(child)
    return child
  }
  const run = async (script: string, ...options: string[]) => {
    const child = start(script, ...options)
    const ended = once(child, 'exit')
    const [errors, [status]] = await Promise.all([text(child.stderr), ended, text(child.stdout)])
    return { lines: errors.trimEnd().split('\n'), status }
  }

  test.each([
    ['own', 'nowhere'],
    ['own', '::1'],
    ['multicast', '239.0.0'],
  ])('%s --host %s: one line, status 2', async (script, host) => {
    const { lines, status } = await run(script, '--host', host)
    expect(lines.at(-1)).toMatch(
      new RegExp(`^${script}\\.${lang}: .*--host.*takes an IPv4 address, not '${host}'$`),
    )
    expect(status).toBe(2)
  })

  test.each(['own', 'connected'])('%s: a port that is taken: one line, status 1', async script => {
    const { port } = await open()
    const { lines, status } = await run(script, '--port', `${port}`)
    expect(lines).toEqual([
      expect.stringMatching(new RegExp(`^${script}\\.${lang}: .*(EADDRINUSE|Errno 98)`)),
    ])
    expect(status).toBe(1)
  })

  test.each([
    ['client', ['--packets', '1']],
    ['multicast', ['--host', '127.0.0.1']],
  ])(
    '%s: a socket that does not answer: one line, status 1',
    { timeout: 20_000 },
    async (script, options) => {
      const { port } = await open()
      const { lines, status } = await run(script, '--port', `${port}`, ...options)
      expect(lines).toEqual([`${script}.${lang}: nobody answers on 127.0.0.1:${port}`])
      expect(status).toBe(1)
    },
  )

  test('a worker says how many packets it has missed: over the end of the numbers, and of two streams', async () => {
    const { socket: free, port } = await open()
    sockets.pop()
    free.close()
    const parent = start('own', '--workers', '1', '--port', `${port}`)
    const lines = createInterface(parent.stdout!)[Symbol.asyncIterator]()
    await lines.next()
    const pid = /^worker (\d+) receives on/.exec((await lines.next()).value!)![1]
    const { socket } = await open()
    const ask = async (bytes: Buffer) => {
      socket.send(bytes, port, '127.0.0.1')
      const [answer] = await once(socket, 'message')
      expect(`${answer}`).toMatch(new RegExp(`^worker ${pid} `))
      return Number(`${answer}`.split(' ')[3])
    }
    // Too short for a packet: no answer, and no end.
    socket.send('x', port, '127.0.0.1')
    expect(await ask(packet(1, 0))).toBe(0)
    expect(await ask(packet(1, 1))).toBe(0)
    expect(await ask(packet(1, 1))).toBe(-1)
    expect(await ask(packet(2, 65_534))).toBe(65_534)
    expect(await ask(packet(2, 65_535))).toBe(0)
    expect(await ask(packet(2, 0))).toBe(0)
    expect(await ask(packet(1, 5))).toBe(3)
  })
})

test.each([
  ['1000 flows, one of 2 workers moved', 'joined', 1000, 1 / 2, 2],
  ['1000 flows, three quarters', 'moved', 1000, 3 / 4, 1],
  ['1000 flows over 4 workers', 'at-a', 1000, 1 / 4, 4],
  ['99 datagrams of others over 2 sockets', '_', 99, 1 / 2, 1],
] as const)('the bounds of the page: %s', async (_, name, count, share, groups) => {
  const page = await readFile('docs/lessons/17-udp-streaming.md', 'utf8')
  const ranges = [...page.matchAll(new RegExp(`<${name}:(\\d+)\\.\\.(\\d+)>`, 'g'))]
    .map(([, low, high]) => [Number(low), Number(high)] as const)
    // That of the one client which has the new socket is no matter of many.
    .filter(([, high]) => high > 1)
  expect(ranges.length).toBeGreaterThan(0)
  for (const [low, high] of ranges) {
    const outside = sum(0, low - 1, count, share) + sum(high + 1, count, count, share)
    expect(outside * groups).toBeLessThan(1e-6)
    // Not wider than it must be.
    expect((sum(0, low + 4, count, share) + sum(high - 4, count, count, share)) * groups).toBeGreaterThan(
      1e-6,
    )
  }
})

/** The chance of `from` to `to` hits in so many: the binomial distribution. */
function sum(from: number, to: number, count: number, share: number): number {
  let total = 0
  for (let hits = from; hits <= to; hits++)
    total += Math.exp(
      logFactorial(count) -
        logFactorial(hits) -
        logFactorial(count - hits) +
        hits * Math.log(share) +
        (count - hits) * Math.log(1 - share),
    )
  return total
}

function logFactorial(n: number): number {
  let sum = 0
  for (let i = 2; i <= n; i++) sum += Math.log(i)
  return sum
}
