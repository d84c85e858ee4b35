/** The scripts of lesson 20: bad input is one clear line; the client counts what goes wrong, too. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { needsProgram } from '../harness/needs.ts'
import { describeScripts } from '../harness/scripts.ts'

const FOLDER = 'lessons/20-recap'

describeScripts(FOLDER, {
  service: { numbers: ['--port', '--workers', '--backlog', '--limit'], listens: true },
  client: { numbers: ['--port', '--connections'], connects: true },
})

const children: ChildProcess[] = []
const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) server.close()
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
})

/** A server on a free port of the loopback. */
async function listen(server: Server): Promise<string> {
  servers.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return `${(server.address() as AddressInfo).port}`
}

describe.each([
  ['ts', process.execPath],
  ['py', 'python3'],
])('%s', (lang, program) => {
  beforeEach(context => needsProgram(context, 'python3'))

  const run = async (script: string, ...options: string[]) => {
    const child = spawn(program, [path.join(FOLDER, `${script}.${lang}`), ...options])
    children.push(child)
    const ended = once(child, 'exit')
    const [out, errors, [status]] = await Promise.all([text(child.stdout), text(child.stderr), ended])
    return { out: out.trimEnd().split('\n'), last: errors.trimEnd().split('\n').at(-1), status }
  }

  test.each([['d'], ['ab'], [''], ['a', 'b']])('service %s %s: one line, status 2', async (...services) => {
    const { last, status } = await run('service', ...services)
    expect(last).toMatch(new RegExp(`^service\\.${lang}: .+`))
    expect(last).toContain(services.at(-1))
    expect(status).toBe(2)
  })

  test.each(['a', 'b', 'c'])('service %s on a taken port: one line, status 1', async service => {
    const port = await listen(createServer())
    const { last, status, out } = await run('service', service, '--port', port)
    expect(last).toMatch(new RegExp(`^service\\.${lang}: .*(EADDRINUSE|Errno 98)`))
    expect(out.filter(line => line.startsWith('worker'))).toEqual([])
    expect(status).toBe(1)
  })

  test.each(['20001', '0-5', '9-8', '1-65536', 'a-b', '-1-5', ''])(
    'client --from-ports=%s: one line, status 2',
    async range => {
      const { last, status } = await run('client', `--from-ports=${range}`)
      expect(last).toMatch(
        new RegExp(`^client\\.${lang}: .*--from-ports.*takes FIRST-LAST, .* not '${range}'$`),
      )
      expect(status).toBe(2)
    },
  )

  test('client --at-once where nobody listens: one line, status 1', async () => {
    const { last, status } = await run('client', '--at-once', '--connections', '3', '--port', '1')
    expect(last).toMatch(new RegExp(`^client\\.${lang}: .*ECONNREFUSED`))
    expect(status).toBe(1)
  })

  test('client counts those whom nobody answers, and those who are reset', async () => {
    let count = 0
    const server = createServer({ allowHalfOpen: true }, connection => {
      connection.on('error', () => {})
      const turn = count++
      connection.once('data', () => {
        if (turn === 0) connection.end('worker 7 2 of 4\n')
        else if (turn === 1) connection.end()
        else connection.resetAndDestroy()
      })
    })
    const port = await listen(server)
    const { out, status } = await run('client', '--connections', '4', '--port', port)
    expect(out.slice(0, -1)).toEqual(['worker 7  1', 'closed  1', 'ECONNRESET  2'])
    expect(out.at(-1)).toMatch(/^total {2}4 in \d+ ms$/)
    expect(status).toBe(0)
  })
})
