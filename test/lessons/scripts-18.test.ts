/** What the scripts of lesson 18 say to what they cannot use, and to a group that they cannot tell anything. */
import { execFile, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Sandbox } from '../../playground/sandbox/kind.ts'
import { createSandbox } from '../../playground/sandbox/sandbox.ts'
import { listScripts } from '../../playground/workbench/shipped-files.ts'
import { openWorkspace } from '../../playground/workbench/workspace.ts'
import { needsProgram, needsSandbox } from '../harness/needs.ts'
import { describeScripts, runScript } from '../harness/scripts.ts'

const FOLDER = 'lessons/18-steering'
const LANGUAGES = [
  ['node', 'ts'],
  ['python3', 'py'],
] as const

describeScripts(FOLDER, {
  own: { numbers: ['--port', '--workers'], listens: true },
  client: { numbers: ['--port', '--connections', '--from-ports'], connects: true },
  steer: { numbers: ['--port', '--worker'] },
})

describe.for(LANGUAGES)(`${FOLDER}: %s`, ([program, ext]) => {
  const run = (script: string, ...args: string[]) =>
    runScript(program, path.join(FOLDER, `${script}.${ext}`), args)

  test.for([
    ['nothing', []],
    ['something unknown', ['away']],
    ['no number', ['to']],
    ['no whole number', ['to', '1.5']],
    ['a number out of range', ['canary', '100']],
    ['a division by zero', ['by-source-port', '0']],
    ['two numbers', ['to', '1', '2']],
    ['a number too many', ['detach', '1']],
  ] as const)('told %s', async ([, args], context) => {
    needsProgram(context, program)
    const { status, error } = await run('steer', ...args)
    expect(status).toBe(2)
    const last = error.trim().split('\n').at(-1)!
    expect(last).toMatch(new RegExp(`^steer\\.${ext}\\b.*: .*\\S`))
    expect(error).not.toMatch(/^\s+at |Traceback/m)
  })

  test.for(['5-1', '1-', '-9', '0-3', '1-65536', '1-2-3'])('the ports %s', async (ports, context) => {
    needsProgram(context, program)
    const { status, error } = await run('client', `--from-ports=${ports}`)
    expect(status).toBe(2)
    expect(error.trim().split('\n').at(-1)).toMatch(new RegExp(`--from-ports.*not '${ports}'`))
  })

  test('a port on which nobody listens', async context => {
    needsProgram(context, program, 'ss')
    const { status, error } = await run('steer', '--port', '1', 'to', '0')
    expect(error).toMatch(new RegExp(`^steer\\.${ext}: .* listens on port 1\\n$`))
    expect(status).toBe(1)
  })
})

/** Another process's socket can be borrowed there, whatever the host allows. */
describe('in a sandbox', () => {
  let base: string
  let sandbox: Sandbox | undefined
  beforeAll(async () => {
    base = await mkdtemp(path.join(os.tmpdir(), 'playground-test-'))
    const workspace = path.join(base, '18-steering')
    await openWorkspace(await listScripts(FOLDER), workspace)
    sandbox = await createSandbox({ workspace, kind: 'bwrap' }).catch(() => undefined)
  })
  afterAll(async () => {
    await sandbox?.close()
    await rm(base, { recursive: true, force: true })
  })

  test.for(LANGUAGES)('%s: a group that cannot be told so', async ([program, ext], context) => {
    await needsSandbox(context)
    needsProgram(context, program, 'ss')
    const steer = `${program} steer.${ext}`
    const script = `
      cd ${sandbox!.cwd}; exec 2>&1; : > out
      until_ready() { until grep -q listening out; do sleep 0.01; done; }
      ${program} own.${ext} --workers 1 > out & until_ready
      for told in detach 'canary 10' '--worker 1 to 0'; do ${steer} $told; echo $?; done
      kill %1; wait; : > out
      # The worker ends a moment after its parent.
      until [ -z "$(ss -ltnH sport = :8080)" ]; do sleep 0.01; done
      node -e "net.createServer().listen(8080, '127.0.0.1', () => console.log('listening'))" > out & until_ready
      for told in detach 'to 0'; do ${steer} $told; echo $?; done
      kill %1; wait`
    const [file, ...args] = sandbox!.command(['bash', '-c', script])
    const { stdout } = await promisify(execFile)(file!, args, { env: sandbox!.env })
    expect(stdout.split('\n').filter(line => line && !line.includes('Terminated'))).toEqual([
      `steer.${ext}: the group has no program`,
      '1',
      `steer.${ext}: a canary needs a second listener`,
      '1',
      `steer.${ext}: process 1 does not listen on port 8080`,
      '1',
      `steer.${ext}: the listener was opened without SO_REUSEPORT`,
      '1',
      `steer.${ext}: the listener was opened without SO_REUSEPORT`,
      '1',
    ])
  })
})

/** The page's recorded runs, made again: they need root of the machine, and are in no sandbox. */
describe('more.py, as root of the machine', () => {
  const page = readFileSync('docs/lessons/18-steering.md', 'utf8')
  /** Recorded output below a command line, without what is different in every run. */
  const recorded = (command: string) => {
    const [, rest = ''] = page.split(`\n# ${command}\n`)
    return steady(rest.split(/\n(?:#|```)/)[0]!)
  }
  const steady = (text: string) =>
    text
      .trim()
      .replace(/worker \d+/g, 'worker N')
      .replace(/in \d+ ms/, 'in N ms')
  /** As root in a network of its own, beside four workers that listen on port 8080. */
  const beside = async (script: string, ...args: string[]) => {
    const first = `ip link set lo up; python3 own.py > "$1/own" & own=$!
      until [ "$(grep -c listening "$1/own")" = 4 ]; do sleep 0.01; done; `
    const command = ['--net', 'bash', '-c', `${first}${script}; kill $own`, 'bash', ...args]
    const { stdout } = await promisify(execFile)('unshare', command, { cwd: FOLDER })
    return stdout
  }
  let base: string
  beforeAll(async () => {
    base = await mkdtemp(path.join(os.tmpdir(), 'playground-test-'))
  })
  afterAll(() => rm(base, { recursive: true, force: true }))
  beforeEach(context => {
    needsProgram(context, 'python3', 'ip', 'ss')
    if (!mayLoadPrograms()) context.skip('needs root of the machine, to load eBPF programs')
  })

  test('in turn: exactly a quarter each', async () => {
    const [turn, client] = ['more.py in-turn', 'client.py --connections 1000'].map(line => `python3 ${line}`)
    const out = await beside(`${turn}; ${client}`, base)
    expect(steady(out)).toBe(`${recorded(turn!)}\n${recorded(client!)}`)
  })

  test('a thousand ports: all workers answer on each, and none beyond', async () => {
    const out = await beside(
      `python3 more.py ports 7000 7999 > "$1/ports" & ports=$!
      until grep until "$1/ports"; do sleep 0.01; done
      ss -ltnH | wc -l
      for port in 7000 7999; do python3 client.py --port $port --list; done
      python3 client.py --port 7777 --connections 1000
      python3 client.py --port 6999 2>&1; python3 client.py --port 8000 2>&1
      kill $ports; wait $ports; python3 client.py --port 7777 2>&1`,
      base,
    )
    const lines = steady(out).split('\n')
    const refused = recorded('python3 client.py --port 8000')
    expect(lines.slice(0, 4)).toEqual([
      recorded('python3 more.py ports 7000 7999 &'),
      recorded('ss -ltnH | wc -l'),
      'any  worker N',
      'any  worker N',
    ])
    // Each of four workers has 250 give or take six standard deviations of 13.7.
    const counts = lines.slice(4, 8).map(line => Number(/^worker N {2}(\d+)$/.exec(line)?.[1]))
    for (const count of counts) expect(Math.abs(count - 250)).toBeLessThanOrEqual(82)
    expect(lines.slice(8)).toEqual(['total  1000 in N ms', refused, refused, refused])
  })

  test('bad input is one line', async context => {
    needsProgram(context, 'python3')
    for (const [told, what] of [
      [['ports', '0', '9'], "takes a whole number from 1 to 65535, not '0'"],
      [['ports', '7000'], 'high'],
      [['away'], 'away'],
      [[], 'what'],
    ] as const) {
      const { status, error } = await runScript('python3', path.join(FOLDER, 'more.py'), [...told])
      expect(status).toBe(2)
      expect(error.trim().split('\n').at(-1)).toContain(what)
    }
  })
})

/** Whether this is root with the rights of the initial namespaces. */
function mayLoadPrograms(): boolean {
  if (process.getuid?.() !== 0) return false
  return spawnSync('python3', ['lessons/15-kernel-support/ebpf.py', 'sk-reuseport']).status === 0
}
