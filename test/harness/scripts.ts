/** Bad input to a lesson's scripts, the same for both languages. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { needsProgram } from './needs.ts'

export interface ScriptOptions {
  /** Options that take a whole number. */
  numbers: string[]
  /** It listens on `--port`: a taken one ends it with status 1, and the kernel's error is on standard error. */
  listens?: boolean
  /** It connects to `--port`: if nobody listens there, that is one line and status 1. */
  connects?: boolean
}

/** @param scripts by name, without `.ts` and `.py` */
export function describeScripts(folder: string, scripts: Record<string, ScriptOptions>): void {
  let taken: Server
  let port: string
  beforeAll(async () => {
    taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    port = `${(taken.address() as AddressInfo).port}`
  })
  afterAll(() => taken.close())

  for (const [name, { numbers, listens, connects }] of Object.entries(scripts)) {
    describe.each([
      ['node', `${name}.ts`],
      ['python3', `${name}.py`],
    ])(`${folder}: %s %s`, (program, script) => {
      beforeEach(context => needsProgram(context, program))
      const run = (...args: string[]) => runScript(program, path.join(folder, script), args)

      test('an unknown option', async () => {
        expectRefusal(await run('--no-such-option'), script, '--no-such-option')
      })

      test.each(numbers)('%s: no whole number, or out of range', async option => {
        // All options share one parser: the odd values are tried on the first one.
        const odd = option === numbers[0] ? ['', '-1', '1.5', '1e3'] : []
        for (const value of [...odd, 'many', '99999999'])
          expectRefusal(await run(`${option}=${value}`), script, option)
      })

      if (numbers.includes('--workers')) {
        test('no workers', async () => {
          expectRefusal(await run('--workers', '0'), script, '--workers')
        })
      }

      if (listens) {
        test('a port that is taken', async () => {
          const { status, error } = await run('--port', port)
          expect(status).toBe(1)
          expect(error).toMatch(/EADDRINUSE|Errno 98/)
        })
      }

      if (connects) {
        test('a port on which nobody listens', async () => {
          // Port 1 of the loopback: nobody has it without asking for it.
          const { status, error } = await run('--port', '1')
          expect(status).toBe(1)
          expect(error).toMatch(new RegExp(`^${script}: .*refused`, 'i'))
          expect(error.trim().split('\n')).toHaveLength(1)
        })
      }
    })
  }
}

export interface Outcome {
  status: number
  error: string
}

export function runScript(program: string, file: string, args: string[]): Promise<Outcome> {
  const command = program === 'node' ? process.execPath : program
  return new Promise(resolve => {
    execFile(command, [file, ...args], { timeout: 20_000 }, (failure, _out, error) =>
      resolve({ status: failure ? Number(failure.code) : 0, error }),
    )
  })
}

/** One line says what is wrong; argparse may say before it how the script is used. */
function expectRefusal({ status, error }: Outcome, script: string, option: string): void {
  const lines = error.trim().split('\n')
  const last = lines.at(-1)!
  expect(last).toMatch(new RegExp(`^${script}: `))
  expect(last).toContain(option)
  expect(lines.slice(0, -1).every(line => /^(usage:|\s)/.test(line))).toBe(true)
  expect(status).toBe(2)
}
