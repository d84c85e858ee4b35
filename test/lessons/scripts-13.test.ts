/** What the scripts of lesson 13 say to what they cannot use, and to a group that they cannot tell anything. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSandbox, type Sandbox } from '../../playground/sandbox/sandbox.ts'
import { openWorkspace } from '../../playground/workbench/workspace.ts'
import { needsProgram, needsSandbox } from '../harness/needs.ts'
import { describeScripts, runScript } from '../harness/scripts.ts'

const FOLDER = 'lessons/13-steering'
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
    const workspace = path.join(base, '13-steering')
    await openWorkspace(FOLDER, workspace)
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
