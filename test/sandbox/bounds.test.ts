/** What a learner's program can do to the machine: each attack is real, and another sandbox is asked meanwhile. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, type TestContext, test } from 'vitest'
import { MAX_DESCRIPTORS, MAX_FILE_BYTES } from '../../playground/sandbox/bounds.ts'
import { cgroupPlace } from '../../playground/sandbox/cgroup.ts'
import type { Controller } from '../../playground/sandbox/cgroup-place.ts'
import type { Sandbox } from '../../playground/sandbox/kind.ts'
import { readPreflight } from '../../playground/sandbox/preflight.ts'
import { findMarked, readProcess } from '../../playground/sandbox/processes.ts'
import { createSandbox, type SandboxOptions } from '../../playground/sandbox/sandbox.ts'
import { needsProgram, needsSandbox } from '../harness/needs.ts'

const MIB = 1024 * 1024
const SMALL = { memory: 256 * MIB, processes: 150 }
/** Characters of a program's output; a bomb's complaints have no end. */
const KEPT = 4096
const run = promisify(execFile)
let base: string
const opened: Sandbox[] = []

beforeEach(async () => {
  base = await mkdtemp(path.join(os.tmpdir(), 'playground-test-'))
})

afterEach(async () => {
  await Promise.all(opened.splice(0).map(sandbox => sandbox.close()))
  await rm(base, { recursive: true, force: true })
})

async function needsCgroup(context: TestContext, controller: Controller = 'memory'): Promise<void> {
  await needsSandbox(context)
  const place = await cgroupPlace()
  if ('unbounded' in place) return context.skip(`needs a cgroup: ${place.unbounded} ${place.mend}`)
  if (!place.bases.some(({ controllers }) => controllers.includes(controller)))
    context.skip(`needs the ${controller} controller in its cgroup`)
}

async function open(options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  const workspace = await mkdtemp(path.join(base, '01-test-'))
  await run('chmod', ['777', workspace])
  await run('chmod', ['755', base])
  const sandbox = await createSandbox({ workspace, kind: 'bwrap', ...SMALL, ...options })
  opened.push(sandbox)
  return sandbox
}

/** A program inside, with everything it prints. */
function start(sandbox: Sandbox, argv: string[], mark?: string): ChildProcess & { printed: string } {
  const [file, ...args] = sandbox.command(argv)
  const child = spawn(file!, args, { env: { ...sandbox.env, TEST_MARK: mark } })
  const program = Object.assign(child, { printed: '' })
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', chunk => {
      program.printed = (program.printed + chunk).slice(-KEPT)
    })
  return program
}

/** What a command inside prints, both streams, whatever its status. */
async function inside(sandbox: Sandbox, command: string): Promise<string> {
  const program = start(sandbox, ['bash', '-c', `cd ${sandbox.cwd}; ${command}`])
  await once(program, 'close')
  return program.printed
}

/** The folders of this process's groups, in every hierarchy. */
async function groups(server = process.pid): Promise<string[]> {
  const place = await cgroupPlace()
  if ('unbounded' in place) return []
  const found = await Promise.all(
    place.bases.map(async ({ folder }) =>
      (await readdir(folder)).map(name => path.join(folder, name)).filter(each => isSandboxOf(server, each)),
    ),
  )
  return found.flat()
}

/** Under version 2 of cgroups its processes are one below its limits. */
async function membersOf(group: string): Promise<number[]> {
  const [inside] = (await readdir(group)).filter(name => name === 'inside')
  const text = await readFile(path.join(group, inside ?? '', 'cgroup.procs'), 'utf8')
  return text.trim().split('\n').map(Number)
}

function isSandboxOf(server: number, folder: string): boolean {
  return new RegExp(`/reuseport-playground\\.\\d+-${server}-\\d+\\.\\d+$`).test(folder)
}

/** Half of eleven new shells in a sandbox came sooner, milliseconds. This process is the server, and starts them. */
async function answer(sandbox: Sandbox): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < 11; round++) {
    const asked = performance.now()
    expect(await inside(sandbox, 'echo here')).toBe('here\n')
    times.push(performance.now() - asked)
  }
  return times.sort((one, other) => one - other)[5]!
}

/** Generous: other tests have the processors too. Beside a hundred busy programs without a bound it is seconds. */
async function expectAnswers(other: Sandbox, before: number): Promise<void> {
  expect(await answer(other)).toBeLessThan(before * 10 + 100)
}

async function expectNothingLeft(mark: string): Promise<void> {
  await Promise.all(opened.splice(0).map(sandbox => sandbox.close()))
  expect(await findMarked(`TEST_MARK=${mark}`)).toEqual([])
  expect(await groups()).toEqual([])
}

const BOMB_LIMIT = 64
const PYTHON_BOMB = `
import os
said = False
while True:
    try:
        os.fork()
    except OSError as error:
        if not said: print(error, flush=True)
        said = True
`

test.for([
  { name: 'bash', bomb: ['bash', '-c', 'bomb() { bomb | bomb & }; bomb'] },
  { name: 'Python', bomb: ['python3', '-c', PYTHON_BOMB] },
])('a fork bomb in $name ends at the limit and harms no other sandbox', async ({ name, bomb }, context) => {
  await needsCgroup(context, 'cpu')
  needsProgram(context, 'python3')
  const [one, other] = [await open({ processes: BOMB_LIMIT }), await open()]
  const before = await answer(other)
  const mark = `bomb-${name}-${process.pid}`
  const program = start(one, bomb, mark)
  await expect.poll(() => program.printed).toContain('Resource temporarily unavailable')
  expect((await findMarked(`TEST_MARK=${mark}`)).length).toBeLessThanOrEqual(BOMB_LIMIT)
  await expectAnswers(other, before)
  await expectNothingLeft(mark)
})

test('none: a fork bomb ends with the group, however fast it forks', async context => {
  await needsCgroup(context)
  const sandbox = await open({ kind: 'none', processes: BOMB_LIMIT })
  const mark = `bomb-none-${process.pid}`
  const program = start(sandbox, ['bash', '-c', 'bomb() { bomb | bomb & }; bomb'], mark)
  await expect.poll(() => program.printed).toContain('Resource temporarily unavailable')
  await expectNothingLeft(mark)
})

test('programs that keep every processor busy leave the others theirs', async context => {
  await needsCgroup(context, 'cpu')
  const [one, other] = [await open(), await open()]
  const before = await answer(other)
  const mark = `busy-${process.pid}`
  const busy = 'for i in $(seq 100); do setsid bash -c "while :; do :; done" & done; echo all; wait'
  const program = start(one, ['bash', '-c', busy], mark)
  await expect.poll(() => program.printed).toBe('all\n')
  await expectAnswers(other, before)
  await expectNothingLeft(mark)
})

test.for([
  { name: 'Python', hog: `python3 -c 'a = bytearray()\nwhile True: a += bytes(1 << 20)'` },
  { name: 'Node', hog: `node -e 'const a = []; for (;;) a.push(Buffer.alloc(1 << 20, 1))'` },
])('a memory hog in $name is ended alone: shells and sandbox stay', async ({ name, hog }, context) => {
  await needsCgroup(context)
  needsProgram(context, 'python3')
  const [one, other] = [await open(), await open()]
  const before = await answer(other)
  const mark = `hog-${name}-${process.pid}`
  const shell = start(one, ['bash', '-c', 'while read -r line; do echo "got $line"; done'], mark)
  let ended = false
  void one.ended.then(() => {
    ended = true
  })
  const program = start(one, ['bash', '-c', `${hog}; echo "status $?"; read -r`], mark)
  await expectAnswers(other, before)
  await expect.poll(() => program.printed).toContain('status 137')
  expect(program.printed).toContain('Killed')
  shell.stdin!.write('word\n')
  await expect.poll(() => shell.printed).toBe('got word\n')
  expect(ended).toBe(false)
  await expectNothingLeft(mark)
})

test('files in memory are bounded, and a full /tmp says so and ends nothing', async context => {
  await needsCgroup(context)
  const { stdout: help } = await run('bwrap', ['--help'])
  if (!help.includes('--size')) context.skip('needs bubblewrap 0.7 or newer')
  const [one, other] = [await open(), await open()]
  const before = await answer(other)
  const mark = `full-${process.pid}`
  const shell = start(one, ['bash', '-c', 'while read -r line; do echo "got $line"; done'], mark)
  for (const folder of ['/tmp', '/dev/shm', '/run', '/home', '/var'])
    expect(await inside(one, `dd if=/dev/zero of=${folder}/full bs=1M`), folder).toContain(
      'No space left on device',
    )
  expect(await inside(one, 'touch /dev/made')).toContain('Read-only file system')
  expect(await inside(one, 'stat -c %s /tmp/full')).toBe(`${SMALL.memory / 4}\n`)
  await expectAnswers(other, before)
  shell.stdin!.write('word\n')
  await expect.poll(() => shell.printed).toBe('got word\n')
  await expectNothingLeft(mark)
})

/** Of the kernel's memory, too, and of what stays when its maker has ended. */
const FILLS = {
  'mounts of any size':
    'mkdir /tmp/m && mount -t tmpfs -o size=8G m /tmp/m && for i in 1 2 3 4; do dd if=/dev/zero of=/tmp/m/$i bs=1M; done',
  'empty files': `python3 -c 'import itertools
for i in itertools.count(): open(f"/tmp/{i}", "w").close()'`,
  'semaphores of System V': `python3 -c 'import ctypes
libc = ctypes.CDLL(None)
while libc.semget(0, 32000, 0o600) >= 0: pass'`,
}
test.for(Object.entries(FILLS))(
  'memory without end by %s fills their own sandbox only',
  async ([, fill], context) => {
    await needsCgroup(context)
    if (fill.startsWith('python3')) needsProgram(context, 'python3')
    const [one, other] = [await open(), await open()]
    const before = await answer(other)
    const mark = `filled-${process.pid}`
    const program = start(one, ['bash', '-c', fill], mark)
    // Who is ended gives none of that memory back, so it is one after another, down to the shell at least.
    const over = Promise.race([once(program, 'close'), one.ended])
    await expectAnswers(other, before)
    await over
    await expectNothingLeft(mark)
  },
)

test.for(['bwrap', 'unshare', 'none'] as const)(
  '%s: a file has a bound, and nobody inside raises it',
  async (kind, context) => {
    if (kind !== 'none') await needsSandbox(context)
    needsProgram(context, 'python3')
    const sandbox = await open({ kind })
    const last = MAX_FILE_BYTES / MIB - 1
    expect(await inside(sandbox, `dd if=/dev/zero of=big bs=1M seek=${last} count=2; true`)).toContain(
      'File size limit exceeded',
    )
    const [folder] = await readdir(base)
    expect((await stat(path.join(base, folder!, 'big'))).size).toBe(MAX_FILE_BYTES)
    const write = `require('fs').writeSync(require('fs').openSync('big', 'a'), 'more')`
    expect(await inside(sandbox, `node -e "${write}"`)).toContain('EFBIG')
    expect(await inside(sandbox, `python3 -c "open('big', 'ab', 0).write(b'more')"`)).toContain(
      'File too large',
    )
    if (kind === 'none') return
    expect(await inside(sandbox, 'ulimit -f unlimited')).toContain('Operation not permitted')
    expect(await inside(sandbox, 'ulimit -Hc')).toBe('0\n')
    expect(Number(await inside(sandbox, 'ulimit -Hn'))).toBeLessThanOrEqual(MAX_DESCRIPTORS)
    expect(await inside(sandbox, `ulimit -n ${MAX_DESCRIPTORS + 1}`)).toContain('Operation not permitted')
    const opening = "f = [open('/dev/null') for _ in range(100_000)]"
    expect(await inside(sandbox, `python3 -c "${opening}"`)).toContain('Too many open files')
  },
)

test.for(['bwrap', 'unshare', 'none'] as const)(
  '%s: every program is in the group from its beginning',
  async (kind, context) => {
    await needsCgroup(context)
    const sandbox = await open({ kind })
    expect(sandbox.bounds).toEqual(SMALL)
    expect(sandbox.unbounded).toBeUndefined()
    const mine = await groups()
    expect(mine.length).toBeGreaterThan(0)
    const mark = `member-${kind}-${process.pid}`
    const program = start(sandbox, ['bash', '-c', 'echo 1; sleep 600 & setsid sleep 600 & wait'], mark)
    await expect
      .poll(async () => (await findMarked(`TEST_MARK=${mark}`)).length)
      .toBe(kind === 'none' ? 3 : 4)
    const members = await Promise.all(mine.map(membersOf))
    for (const { pid } of await findMarked(`TEST_MARK=${mark}`))
      for (const pids of members) expect(pids).toContain(pid)
    expect(program.exitCode).toBeNull()
    await expectNothingLeft(mark)
  },
)

test('none: what has hidden its environment ends with the group', async context => {
  await needsCgroup(context)
  const sandbox = await open({ kind: 'none' })
  const program = start(sandbox, ['bash', '-c', 'setsid env -i bash -c "echo $$; exec sleep 600" & wait'])
  await once(program.stdout!, 'data')
  const [folder] = await groups()
  const pids = await membersOf(folder!)
  expect(pids.length).toBeGreaterThanOrEqual(2)
  await expectNothingLeft('none at all')
  // One that nobody has waited for yet is ended all the same.
  const states = await Promise.all(pids.map(pid => readProcess(`/proc/${pid}`)))
  for (const process of states) expect(process?.state ?? 'Z').toMatch(/[ZX]/)
})

const SERVER = `
  import { createSandbox } from '${path.resolve('playground/sandbox/sandbox.ts')}'
  const sandbox = await createSandbox({ workspace: process.argv[1], kind: 'bwrap' })
  console.log('started')
  if (process.argv[2]) await sandbox.close()`

test('the next start removes the groups of a killed server, and no others', async context => {
  await needsCgroup(context)
  await open()
  const living = await groups()
  const server = spawn(process.execPath, ['--input-type=module', '-e', SERVER, base])
  await once(server.stdout, 'data')
  const left = await groups(server.pid)
  expect(left.length).toBe(living.length)
  server.kill('SIGKILL')
  await once(server, 'exit')
  // Any other start, as in a test beside this one, removes those that are empty; it may come first.
  const membersOf = (folder: string) => readFile(`${folder}/cgroup.procs`, 'utf8').catch(() => '')
  await expect.poll(async () => (await Promise.all(left.map(membersOf))).join('')).toBe('')
  await run(process.execPath, ['--input-type=module', '-e', SERVER, base, 'close'])
  expect(await groups(server.pid)).toEqual([])
  expect(await groups()).toEqual(living)
})

test('the preflight says what bounds there are, or what is lost without them and the step that mends it', async () => {
  const limits = (await readPreflight()).find(({ thing }) => thing === 'limits')
  const sandbox = await open({ kind: 'none' })
  if (sandbox.bounds) {
    expect(limits).toEqual({ thing: 'limits', ok: true, found: '1024 MiB, 1024 processes a sandbox' })
  } else {
    expect(limits).toMatchObject({ ok: false, found: 'unbounded', mend: expect.stringMatching(/\w/) })
    expect(limits!.cost).toContain(sandbox.unbounded)
  }
})
