/** The scripts of lesson 10: bad input is one clear line, and what the page says of the supervisor is true. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { beforeEach, describe, expect, test } from 'vitest'
import { needsProgram } from '../harness/needs.ts'
import { freePort, OWN_HOST } from '../harness/own-address.ts'
import { canConnect, isAlive, testBadInput, useRunning } from '../harness/scripts.ts'

const FOLDER = path.resolve('lessons/10-restart')
const LANGUAGES = { ts: process.execPath, py: 'python3' } as const
const BAD_INPUT = [
  ['server', '--no-such-option'],
  ['server', '--port', '0'],
  ['server', '--port', '65536'],
  ['server', '--port', 'http'],
  ['server', '--workers', '0'],
  ['server', '--block', '10001'],
  ['server', '--leave', 'never'],
  ['client', '--no-such-option'],
  ['client', '--port', '65536'],
  ['client', '--requests', '0'],
  ['client', '--users', '0'],
  ['client', '--restart', '1'],
]

const begin = useRunning()

for (const [lang, program] of Object.entries(LANGUAGES)) {
  const run = (script: string, ...options: string[]) =>
    begin(program, [path.join(FOLDER, `${script}.${lang}`), ...options])

  describe(lang, () => {
    beforeEach(context => needsProgram(context, 'python3'))

    testBadInput(FOLDER, lang, BAD_INPUT)

    test('a client of a parent that is not there says so', async () => {
      const child = run('client', '--restart', '4194304', '--users', '1', '--port', '1')
      const [errors, [status]] = await Promise.all([text(child.stderr!), once(child, 'exit')])
      expect(status).toBe(1)
      expect(errors).toMatch(/^client\.(ts|py): .*[Nn]o such file.*\n$/)
    })

    test('a taken port: the kernel’s error, and the parent ends with 1', async () => {
      const other = createServer().listen(0, '127.0.0.1')
      await once(other, 'listening')
      const { port } = other.address() as { port: number }
      const child = run('server', '--port', `${port}`)
      const [output, errors, [status]] = await Promise.all([
        text(child.stdout!),
        text(child.stderr!),
        once(child, 'exit'),
      ])
      other.close()
      expect(status).toBe(1)
      expect(errors).toContain('ddress already in use')
      expect(output).toMatch(/worker \d+ has ended before it was ready\n$/)
    })

    test('a worker that dies is replaced; one fewer, never none; SIGTERM ends all with 0', async () => {
      const { parent, line } = await start('3')
      const first = await line(/^worker (\d+) is listening/)
      const second = await line(/^worker (\d+) is listening/)
      const third = await line(/^worker (\d+) is listening/)
      process.kill(first, 'SIGKILL')
      expect(await line(/^worker (\d+) has died/)).toBe(first)
      const heir = await line(/^worker (\d+) is listening/)
      parent.kill('SIGTTOU')
      expect(await line(/^worker (\d+) has left/)).toBe(heir)
      parent.kill('SIGTTOU')
      expect(await line(/^worker (\d+) has left/)).toBe(third)
      parent.kill('SIGTTOU')
      parent.kill('SIGHUP')
      await line(/^worker (\d+) is listening/)
      expect(await line(/^worker (\d+) has left/)).toBe(second)
      parent.kill('SIGTERM')
      expect(await once(parent, 'exit')).toEqual([0, null])
    })

    test('the workers leave when the parent is killed', async () => {
      const { parent, line } = await start('2')
      const workers = [await line(/^worker (\d+) is listening/), await line(/^worker (\d+) is listening/)]
      parent.kill('SIGKILL')
      await once(parent, 'exit')
      await expect.poll(() => workers.filter(isAlive)).toEqual([])
    })

    test('a worker that cannot be started: the others stay, and it is tried again', async context => {
      await needsProgram(context, 'prlimit')
      const { parent, line } = await start('2')
      const first = await line(/^worker (\d+) is listening/)
      const second = await line(/^worker (\d+) is listening/)
      const prlimit = (...how: string[]) =>
        execFileSync('prlimit', ['--pid', `${parent.pid}`, ...how], { encoding: 'utf8' }).trim()
      const before = prlimit('--nofile', '--output', 'SOFT', '--noheadings')
      prlimit('--nofile=3:')
      process.kill(first, 'SIGKILL')
      expect(await line(/^worker (\d+) has died/)).toBe(first)
      const tooMany = /EMFILE|Too many open files/
      await line(tooMany)
      prlimit(`--nofile=${before}:`)
      let heir: number
      do heir = await line(new RegExp(`^worker (\\d+) is listening|${tooMany.source}`))
      while (Number.isNaN(heir))
      parent.kill('SIGTTOU')
      expect(await line(/^worker (\d+) has left/)).toBe(heir)
      expect(isAlive(second)).toBe(true)
    })

    test('a second SIGTERM does not hurry a worker that drains', async () => {
      const { port, line } = await start('1')
      const worker = await line(/^worker (\d+) is listening/)
      const client = connect(port, OWN_HOST).setEncoding('utf8')
      const answers = client[Symbol.asyncIterator]()
      const ask = async () => {
        client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
        let answer = ''
        while (!answer.endsWith(`worker ${worker}\n`)) {
          const { value, done } = await answers.next()
          if (done) throw new Error(`closed after '${answer}'`)
          answer += value
        }
        return answer
      }
      expect(await ask()).not.toMatch(/^connection: close/im)
      process.kill(worker, 'SIGTERM')
      await expect.poll(() => canConnect(port)).toBe(false)
      process.kill(worker, 'SIGTERM')
      expect(await ask()).toMatch(/^connection: close/im)
      client.destroy()
    })

    async function start(workers: string) {
      const port = await freePort()
      const parent = run('server', '--host', OWN_HOST, '--port', `${port}`, '--workers', workers)
      const lines = createInterface(parent.stdout!)[Symbol.asyncIterator]()
      /** The number in the next line, which must match. */
      const line = async (pattern: RegExp) => {
        const { value } = await lines.next()
        expect(value).toMatch(pattern)
        return Number(pattern.exec(String(value))![1])
      }
      await line(/^parent (\d+) starts/)
      return { parent, port, line }
    }
  })
}
