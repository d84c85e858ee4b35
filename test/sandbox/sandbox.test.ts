import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { compileScripts } from '../../playground/sandbox/compile.ts'
import type { Sandbox, SandboxKind } from '../../playground/sandbox/kind.ts'
import { findMarked } from '../../playground/sandbox/processes.ts'
import { createSandbox } from '../../playground/sandbox/sandbox.ts'
import { listScripts } from '../../playground/workbench/shipped-files.ts'
import { openWorkspace } from '../../playground/workbench/workspace.ts'
import { needsSandbox } from '../harness/needs.ts'

const run = promisify(execFile)
let base: string
let workspace: string
const opened: Sandbox[] = []

beforeEach(async () => {
  base = await mkdtemp(path.join(os.tmpdir(), 'playground-test-'))
  workspace = path.join(base, '01-test')
  await mkdir(path.join(base, 'scripts'))
  await writeFile(path.join(base, 'scripts/hello.ts'), 'const word: string = "hello"\nconsole.log(word)\n')
  await openWorkspace(await listScripts(path.join(base, 'scripts')), workspace)
})

afterEach(async () => {
  await Promise.all(opened.splice(0).map(sandbox => sandbox.close()))
  await rm(base, { recursive: true, force: true })
})

async function open(kind: SandboxKind = 'bwrap', course?: string): Promise<Sandbox> {
  const sandbox = await createSandbox({ workspace, kind, course })
  opened.push(sandbox)
  return sandbox
}

/** Output of a command inside, whatever its status; both streams together. */
async function inside(sandbox: Sandbox, command: string): Promise<string> {
  const [file, ...args] = sandbox.command(['bash', '-c', `cd ${quote(sandbox.cwd)}; exec 2>&1; ${command}`])
  const { stdout } = await run(file!, args, { env: sandbox.env }).catch(error => error)
  return stdout
}

/** Host processes with this environment word, which everything started inside inherits. */
function marked(word: string) {
  return findMarked(`TEST_MARK=${word}`)
}

test('a script runs with the pinned Node, as root of a small machine of its own', async context => {
  await needsSandbox(context)
  const sandbox = await open()
  expect(await inside(sandbox, 'node hello.ts')).toBe('hello\n')
  expect(await inside(sandbox, 'node --version')).toBe(`${process.version}\n`)
  expect(await inside(sandbox, 'id -u; hostname')).toBe('0\nplayground\n')
  expect(await inside(sandbox, 'sysctl -w net.ipv4.tcp_migrate_req=1')).toBe('net.ipv4.tcp_migrate_req = 1\n')
  expect(await readFile('/proc/sys/net/ipv4/tcp_migrate_req', 'utf8')).toBe('0\n')
  expect(await inside(sandbox, 'echo kept > made; cat made')).toBe('kept\n')
  expect(await readFile(path.join(workspace, 'made'), 'utf8')).toBe('kept\n')
})

test('a course is there to be read, and not to be changed', async context => {
  await needsSandbox(context)
  const course = path.join(base, 'scripts')
  const sandbox = await open('bwrap', course)
  expect(await inside(sandbox, `cp ${sandbox.course}/hello.ts copy.ts; node copy.ts`)).toBe('hello\n')
  const changes = ['echo x > hello.ts', 'touch new', 'rm hello.ts', 'mount -o remount,bind,rw .']
  for (const change of changes)
    expect(await inside(sandbox, `cd ${sandbox.course}; ${change} || echo refused`)).toContain('refused')
  expect(await readFile(path.join(course, 'hello.ts'), 'utf8')).toContain('hello')
  expect((await open('unshare', course)).course).toBeTruthy()
})

test('unshare: own network and processes, the script and the pinned Node', async context => {
  await needsSandbox(context)
  const sandbox = await open('unshare')
  expect(await inside(sandbox, 'node hello.ts; node --version; id -u; hostname')).toBe(
    `hello\n${process.version}\n0\nplayground\n`,
  )
  expect(await inside(sandbox, 'ss -ltnH; ls -d /proc/[0-9]* | wc -l')).toMatch(/^[2-6]\n$/)
  expect(await inside(sandbox, 'echo kept > made; cat made')).toBe('kept\n')
  expect(await readFile(path.join(workspace, 'made'), 'utf8')).toBe('kept\n')
  const before = await readFile('/proc/sys/kernel/core_pattern', 'utf8')
  await inside(sandbox, 'echo "|/bin/false" > /proc/sys/kernel/core_pattern')
  expect(await readFile('/proc/sys/kernel/core_pattern', 'utf8')).toBe(before)
})

test.for(['bwrap', 'unshare', 'none'] as const)(
  '%s: a script calls C through koffi',
  async (kind, context) => {
    if (kind !== 'none') await needsSandbox(context)
    await writeFile(
      path.join(workspace, 'foreign.ts'),
      `import koffi from 'koffi'\nconsole.log(koffi.load(null).func('int getpid()')() === process.pid)\n`,
    )
    expect(await inside(await open(kind), 'node foreign.ts')).toBe('true\n')
  },
)

test('what scripts import cannot be changed from inside', async context => {
  await needsSandbox(context)
  const complaint = await inside(await open(), 'rm -r ../node_modules/*')
  expect(complaint).toMatch(/^(rm: .*Read-only file system\n)+$/)
  expect(complaint).toContain('koffi/index.js')
})

test.for(['bwrap', 'unshare'] as const)('%s: a folder may have any name', async (kind, context) => {
  await needsSandbox(context)
  const odd = path.join(base, "a b#c\\d 'e'", '01-test')
  await openWorkspace(await listScripts(path.join(base, 'scripts')), odd)
  const sandbox = await createSandbox({ workspace: odd, kind })
  opened.push(sandbox)
  // Not by Node, which takes no module from a folder with a backslash.
  expect(await inside(sandbox, 'echo kept > made; wc -l < hello.ts')).toBe('2\n')
  expect(await readFile(path.join(odd, 'made'), 'utf8')).toBe('kept\n')
})

test('two sandboxes have the same port at the same time', async context => {
  await needsSandbox(context)
  const [one, two] = [await open(), await open()]
  const bind = `node -e "const s = require('net').createServer().listen(8080, () => { console.log('got it'); s.close() })"`
  const hold = `node -e "require('net').createServer().listen(8080, () => console.log('held'))"`
  const [file, ...args] = one.command(['bash', '-c', hold])
  const holder = spawn(file!, args, { env: one.env })
  await once(holder.stdout, 'data')
  expect(await inside(one, bind)).toContain('EADDRINUSE')
  expect(await inside(two, bind)).toBe('got it\n')
})

test("it can read neither the user's files nor the host's, write no system file, and not reach the host's settings", async context => {
  await needsSandbox(context)
  const secret = path.join(base, 'key')
  await writeFile(secret, 'secret', { mode: 0o600 })
  const inHome = await mkdtemp(path.join(os.homedir(), '.playground-test-'))
  await writeFile(path.join(inHome, 'private'), 'secret', { mode: 0o600 })
  try {
    const sandbox = await open()
    for (const file of [secret, path.join(inHome, 'private'), `/proc/1/root${secret}`, '/etc/shadow'])
      expect(await inside(sandbox, `cat ${file}`), file).toMatch(/^cat: .*(No such file|Permission denied)/)
    expect(await inside(sandbox, 'ls /home')).toBe('learner\n')
    for (const file of [
      '/usr/bin/test-made',
      '/etc/test-made',
      '/test-made',
      '/run/playground/bin/test-made',
    ])
      expect(await inside(sandbox, `touch ${file}`), file).toMatch(/Read-only|Permission denied/)
    const before = await readFile('/proc/sys/kernel/core_pattern', 'utf8')
    expect(await inside(sandbox, 'echo "|/bin/false" > /proc/sys/kernel/core_pattern')).toContain(
      'Permission denied',
    )
    // Root of the namespaces may take the covers off; what is below still is not theirs.
    await inside(
      sandbox,
      'umount /proc/sys; mount -t proc proc /proc; echo "|/bin/false" > /proc/sys/kernel/core_pattern',
    )
    expect(await readFile('/proc/sys/kernel/core_pattern', 'utf8')).toBe(before)
  } finally {
    await rm(inHome, { recursive: true })
  }
})

test('it cannot connect to a socket of the host, by network, by path or by abstract name', async context => {
  await needsSandbox(context)
  let reached = 0
  const servers = [net.createServer(), net.createServer(), net.createServer()].map(server =>
    server.on('connection', () => reached++),
  )
  const file = path.join(base, 'host.sock')
  const name = `\0playground-test-${process.pid}`
  servers[0]!.listen(0, '127.0.0.1')
  servers[1]!.listen(file)
  servers[2]!.listen(name)
  await Promise.all(servers.map(server => once(server, 'listening')))
  await chmod(file, 0o777)
  try {
    const { port } = servers[0]!.address() as net.AddressInfo
    const sandbox = await open()
    for (const to of [
      `${port}, '127.0.0.1'`,
      JSON.stringify(file),
      JSON.stringify(name).replace('\\u0000', '\\0'),
    ]) {
      const script = `require('net').connect(${to}).on('connect', () => console.log('reached')).on('error', e => console.log(e.code))`
      expect(await inside(sandbox, `node -e ${quote(script)}`), to).toMatch(
        /^(ECONNREFUSED|ENOENT|EINVAL)\n$/,
      )
    }
    expect(reached).toBe(0)
  } finally {
    for (const server of servers) server.close()
  }
})

/** Everything that is known to outlive a terminal. Each child waits for something that never comes. */
const LEFTOVERS =
  'sleep 600 & nohup sleep 600 > /dev/null & setsid sleep 600 & (setsid sleep 600 &) ; sleep 600 & disown -a; echo started; sleep 600'

test.for(['bwrap', 'unshare', 'none'] as const)(
  '%s: closing it leaves no process, setsid and nohup included',
  async (kind, context) => {
    if (kind !== 'none') await needsSandbox(context)
    const sandbox = await open(kind)
    const word = `${kind}-${process.pid}`
    const [file, ...args] = sandbox.command(['bash', '-c', LEFTOVERS])
    const child = spawn(file!, args, { env: { ...sandbox.env, TEST_MARK: word } })
    const ended = once(child, 'exit')
    await once(child.stdout, 'data')
    await expect.poll(async () => (await marked(word)).length).toBeGreaterThanOrEqual(6)
    await sandbox.close()
    // What was its way in is outside, and has its own end.
    await ended
    expect(await marked(word)).toEqual([])
  },
)

test.for(['bwrap', 'unshare'] as const)(
  '%s: kill -9 of the server leaves no process',
  async (kind, context) => {
    await needsSandbox(context)
    const word = `killed-${kind}-${process.pid}`
    const script = `
    import { spawn } from 'node:child_process'
    import { createSandbox } from '${path.resolve('playground/sandbox/sandbox.ts')}'
    const sandbox = await createSandbox({ workspace: '${workspace}', kind: '${kind}' })
    const [file, ...args] = sandbox.command(['bash', '-c', ${JSON.stringify(LEFTOVERS)}])
    spawn(file, args, { env: { ...sandbox.env, TEST_MARK: '${word}' }, stdio: ['ignore', 'inherit', 'inherit'] })`
    const server = spawn(process.execPath, ['--input-type=module', '-e', script])
    await once(server.stdout, 'data')
    await expect.poll(async () => (await marked(word)).length).toBeGreaterThanOrEqual(6)
    server.kill('SIGKILL')
    await once(server, 'exit')
    await expect.poll(() => marked(word)).toEqual([])
  },
)

test.for(['bwrap', 'unshare'] as const)('%s: orphans are reaped by process 1', async (kind, context) => {
  await needsSandbox(context)
  const sandbox = await open(kind)
  await inside(sandbox, '(true &) ; (sleep 0.01 &) ; true')
  await expect
    .poll(() => inside(sandbox, "awk '{ print $3 }' /proc/[0-9]*/stat 2>/dev/null | grep -c Z"))
    .toBe('0\n')
})

test('a setting of a sandbox that has ended is not read from what has its number now', async context => {
  await needsSandbox(context)
  const sandbox = await open()
  expect(sandbox.migrateReq()).toBe('0')
  await sandbox.close()
  const words = path.join(base, 'words')
  await writeFile(words, '1')
  const taken = Array.from({ length: 64 }, () => openSync(words, 'r'))
  expect(sandbox.migrateReq()).toBeUndefined()
  for (const descriptor of taken) closeSync(descriptor)
})

test('a sandbox that does not start says why in one line', async () => {
  await expect(createSandbox({ workspace: path.join(base, 'not there'), kind: 'bwrap' })).rejects.toThrow(
    /^bubblewrap .*$/,
  )
})

test('scripts are compiled beforehand, without running one', async context => {
  await needsSandbox(context)
  await writeFile(path.join(workspace, `it's.ts`), 'import "./hello.ts"\nconsole.log("it" as string)\n')
  await writeFile(
    path.join(workspace, 'touch.ts'),
    `import fs from 'node:fs'\nfs.writeFileSync('made', '')\n`,
  )
  const sandbox = await open()
  await compileScripts(sandbox, [`it's.ts`, 'touch.ts', 'absent.py'], new AbortController().signal)
  expect(await inside(sandbox, 'ls')).toBe(`hello.ts\nit's.ts\ntouch.ts\n`)
  const found = (script: string) =>
    inside(
      sandbox,
      `NODE_DEBUG_NATIVE=COMPILE_CACHE node "${script}" 2>&1 | grep -c 'retrieving transpile cache.*success'`,
    )
  // Itself, and what it imports.
  expect(await found(`it's.ts`)).toBe('2\n')
  await writeFile(path.join(workspace, 'late.ts'), 'console.log("late" as string)\n')
  expect(await found('late.ts')).toBe('0\n')
})

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
