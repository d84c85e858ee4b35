/** The scripts of lesson 13: bad input is one clear line, and each illness of the mystery is as its table says. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { beforeEach, describe, expect, test } from 'vitest'
import { needsProgram } from '../harness/needs.ts'
import { freePort, OWN_HOST } from '../harness/own-address.ts'
import { testBadInput, useRunning } from '../harness/scripts.ts'

const FOLDER = path.resolve('lessons/13-observe')
const LANGUAGES = { ts: process.execPath, py: 'python3' } as const
const BAD_INPUT = [
  ['server', '--no-such-option'],
  ['server', '--port', '0'],
  ['server', '--port', '65536'],
  ['server', '--workers', '0'],
  ['client', '--no-such-option'],
  ['client', '--port', 'http'],
  ['client', '--connections', '0'],
  ['client', '--patience', '0'],
  ['mystery', '--no-such-option'],
  ['mystery', '--port', '65536'],
  ['mystery', '--fault', 'measles'],
]
/** The table of the page: what is seen of an ill worker that has been asked by a part of 100 clients. */
const ILLNESSES = [
  { fault: 'stopped', queue: true, held: 1, state: 'T' },
  { fault: 'spinning', queue: true, held: 1, state: 'R' },
  { fault: 'waiting', queue: true, held: 1, state: 'S' },
  { fault: 'forgetful', queue: false, held: Infinity, state: 'S' },
]

const begin = useRunning()

for (const [lang, program] of Object.entries(LANGUAGES)) {
  const run = (script: string, ...options: string[]) =>
    begin(program, [path.join(FOLDER, `${script}.${lang}`), ...options])
  const runToEnd = async (script: string, ...options: string[]) => {
    const child = run(script, ...options)
    const [output, errors, [status]] = await Promise.all([
      text(child.stdout!),
      text(child.stderr!),
      once(child, 'exit'),
    ])
    return { output, errors, status }
  }

  describe(lang, () => {
    beforeEach(context => needsProgram(context, 'python3', 'ss'))

    testBadInput(FOLDER, lang, BAD_INPUT)

    test('a taken port: the kernel’s error, and the parent ends with 1', async () => {
      const other = createServer().listen(0, '127.0.0.1')
      await once(other, 'listening')
      const { port } = other.address() as AddressInfo
      const { errors, status } = await runToEnd('server', '--port', `${port}`)
      other.close()
      expect(status).toBe(1)
      expect(errors).toContain('ddress already in use')
    })

    test('nobody listens: the client says so', async () => {
      const { errors, status } = await runToEnd('client', ...at(await freePort()))
      expect(status).toBe(1)
      expect(errors).toMatch(/^client\.(ts|py): .*(ECONNREFUSED|refused).*\n$/)
    })

    test.each(['SIGINT', 'SIGTERM'] as const)('%s ends the parent and a stopped worker', async signal => {
      const port = await freePort()
      const parent = run('server', ...at(port))
      const [first] = pidsOf(await printed(parent, /(worker .* is listening on (.|\n)*){2}\n/))
      process.kill(first!, 'SIGSTOP')
      parent.kill(signal)
      expect((await once(parent, 'exit'))[1]).toBe(signal)
      expect(listeners(port)).toEqual([])
    })

    test.each(ILLNESSES)('$fault is seen, and told when the worker has ended', async illness => {
      const port = await freePort()
      const mystery = run('mystery', ...at(port), '--fault', illness.fault)
      const pids = pidsOf(await printed(mystery, /(worker .* is listening on (.|\n)*){4}\n/))
      const { output } = await runToEnd('client', ...at(port), '--connections', '100')
      const silent = Number(/^no answer {2}(\d+)$/m.exec(output)?.[1])
      expect(silent).toBeGreaterThan(1)
      const ill = pids.filter(pid => !output.includes(`worker ${pid} `))
      expect(ill).toHaveLength(1)

      const pid = ill[0]!
      const held = Math.min(illness.held, silent)
      expect(listeners(port).find(line => line.includes(`pid=${pid},`))).toMatch(
        new RegExp(`^LISTEN +${illness.queue ? silent - held : 0} +511 `),
      )
      expect(connections(port, pid)).toBe(held)
      const state = () => execFileSync('ps', ['-o', 'stat=', '-p', `${pid}`], { encoding: 'utf8' })[0]
      await expect.poll(state).toBe(illness.state)

      process.kill(pid, 'SIGKILL')
      const told = await printed(mystery, /\n/)
      expect(told).toBe(`worker ${pid} has ended; it was the ill one: ${illness.fault}\n`)
      const { output: after } = await runToEnd('client', ...at(port), '--connections', '100')
      expect(after).not.toContain('no ')
    })
  })
}

describe('option.py', () => {
  beforeEach(context => needsProgram(context, 'python3'))

  test.each([
    { args: ['x', '3'], status: 2, last: /^option\.py: error: argument pid: / },
    { args: ['4194304', '3'], status: 1, last: /^option\.py: \[Errno 3\] No such process$/ },
    { args: [`${process.pid}`, '99999'], status: 1, last: /^option\.py: \[Errno \d+\] / },
  ])('$args: one line, status $status', async ({ args, status, last }) => {
    const child = spawn('python3', [path.join(FOLDER, 'option.py'), ...args])
    const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    expect(code).toBe(status)
    expect(errors.trimEnd().split('\n').at(-1)).toMatch(last)
  })
})

/** Resolves with what the program has printed, when that fits. */
function printed(child: ChildProcess, wanted: RegExp): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  let output = ''
  child.stdout!.setEncoding('utf8').on('data', text => {
    output += text
    if (wanted.test(output)) resolve(output)
  })
  return promise
}

function pidsOf(output: string): number[] {
  return [...output.matchAll(/^worker (\d+) is listening on /gm)].map(([, pid]) => Number(pid))
}

function at(port: number): string[] {
  return ['--host', OWN_HOST, '--port', `${port}`]
}

function listeners(port: number): string[] {
  return ss('-ltnpH', `src ${OWN_HOST}:${port}`)
}

/** How many connections of this port the process holds. */
function connections(port: number, pid: number): number {
  return ss('-tnpH', `src ${OWN_HOST}:${port}`).filter(line => line.includes(`pid=${pid},`)).length
}

function ss(...args: string[]): string[] {
  return execFileSync('ss', args, { encoding: 'utf8' }).split('\n').filter(Boolean)
}
