/** Bad input to a lesson's scripts, the same for both languages. */
import { type ChildProcess, execFile, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { needsProgram } from './needs.ts'
import { OWN_HOST } from './own-address.ts'

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

      // All options share one parser: the odd values are tried on the first one.
      const wrong = numbers.flatMap((option, index) => {
        const odd = index === 0 ? ['', '-1', '1.5', '1e3'] : []
        return [...odd, 'many', '99999999'].map(value => ({ option, value }))
      })
      test('no whole number, or out of range', async () => {
        const lists = wrong.map(({ option, value }) => [`${option}=${value}`])
        const outcomes = await runScriptOften(program, path.join(folder, script), lists)
        expect(outcomes).toHaveLength(wrong.length)
        for (const [index, outcome] of outcomes.entries())
          expectRefusal(outcome, script, wrong[index]!.option)
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

/** As `runScript` for each list of arguments, but in one process: for what only reads them. */
export async function runScriptOften(program: string, file: string, lists: string[][]): Promise<Outcome[]> {
  const child = path.join(import.meta.dirname, program === 'node' ? 'script-child.ts' : 'script-child.py')
  const args = [child, path.resolve(file), JSON.stringify(lists)]
  const { stdout } = await promisify(execFile)(commandOf(program), args, { timeout: 60_000 })
  return JSON.parse(stdout)
}

export function runScript(program: string, file: string, args: string[]): Promise<Outcome> {
  return new Promise(resolve => {
    execFile(commandOf(program), [file, ...args], { timeout: 20_000 }, (failure, _out, error) =>
      resolve({ status: failure ? Number(failure.code) : 0, error }),
    )
  })
}

function commandOf(program: string): string {
  return program === 'node' ? process.execPath : program
}

/**
 * What each of these scripts says to arguments that it cannot use.
 *
 * @param wrong name without ending, and the arguments
 */
export function testBadInput(folder: string, lang: string, wrong: readonly string[][]): void {
  const scripts = [...new Set(wrong.map(([script]) => script!))]
  test.each(scripts)('%s: bad input is one line, and status 2', async script => {
    const lists = wrong.filter(([name]) => name === script).map(([, ...args]) => args)
    const program = lang === 'ts' ? 'node' : 'python3'
    const outcomes = await runScriptOften(program, path.join(folder, `${script}.${lang}`), lists)
    expect(outcomes.map(({ status }) => status)).toEqual(lists.map(() => 2))
    for (const { error } of outcomes) {
      // argparse says its usage first.
      const lines = error.trimEnd().split('\n')
      expect(lines.filter(line => line.startsWith(`${script}.${lang}: `))).toEqual([lines.at(-1)])
      if (lang === 'ts') expect(lines).toHaveLength(1)
    }
  })
}

/** @returns starts a program; what still runs when a test ends is told to end, and awaited */
export function useRunning(
  end = (child: ChildProcess): unknown => child.kill('SIGTERM'),
): (program: string, args: string[], options?: SpawnOptions) => ChildProcess {
  const running: ChildProcess[] = []
  // Where it is set, Python writes a line and its end separately: those of several processes mix.
  const { PYTHONUNBUFFERED, ...env } = process.env
  afterEach(async () => {
    for (const child of running.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      end(child)
      await once(child, 'exit')
    }
  })
  return (program, args, options) => {
    const child = spawn(program, args, { ...options, env: { ...env, ...options?.env } })
    running.push(child)
    return child
  }
}

export async function canConnect(port: number): Promise<boolean> {
  const socket = connect(port, OWN_HOST)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
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
