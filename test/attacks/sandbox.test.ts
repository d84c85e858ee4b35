/** What a program in a pane may try against the host and the server: it is root of its own small machine, not of more. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, type TestContext, test } from 'vitest'
import type { Machine } from '../../playground/protocol.ts'
import { findMarked } from '../../playground/sandbox/processes.ts'
import { createSandbox, type Sandbox, type SandboxKind } from '../../playground/sandbox/sandbox.ts'
import { openWorkspace } from '../../playground/workbench/workspace.ts'
import { needsProgram, needsSandbox } from '../harness/needs.ts'

const run = promisify(execFile)
const KINDS = ['bwrap', 'unshare'] as const
/** A reading takes a few milliseconds; a server that waits for a learner's pipe never ends. Milliseconds. */
const FROZEN_MS = 60_000
let base: string
let workspace: string
const opened: Sandbox[] = []

beforeEach(async () => {
  base = await mkdtemp(path.join(os.tmpdir(), 'playground-attack-'))
  workspace = path.join(base, '01-test')
  await openWorkspace(path.join(base, 'no scripts'), workspace)
})

afterEach(async () => {
  await Promise.all(opened.splice(0).map(sandbox => sandbox.close()))
  await rm(base, { recursive: true, force: true })
})

async function open(context: TestContext, kind: SandboxKind = 'bwrap'): Promise<Sandbox> {
  await needsSandbox(context)
  const sandbox = await createSandbox({ workspace, kind })
  opened.push(sandbox)
  return sandbox
}

/** Output of a program for bash inside, both streams, whatever its status. */
async function inside(sandbox: Sandbox, program: string): Promise<string> {
  const [file, ...args] = sandbox.command(['bash', '-c', `cd ${sandbox.cwd}; exec 2>&1; ${program}`])
  const { stdout } = await run(file!, args, { env: sandbox.env, timeout: FROZEN_MS }).catch(error => error)
  return stdout
}

/** What a server that looks at the machine has read after a program has run. */
async function lookAfter(context: TestContext, kind: SandboxKind, program: string): Promise<Machine> {
  await needsSandbox(context)
  const args = [path.join(import.meta.dirname, 'look-child.ts'), kind, workspace, program]
  const { stdout } = await run(process.execPath, args, { timeout: FROZEN_MS, killSignal: 'SIGKILL' })
  const machine = JSON.parse(stdout)
  expect(machine.error, stdout).toBeUndefined()
  return machine
}

/** Each would make something of the host writable that is bound read-only. `$1`: where it is seen. */
const REMOUNTS = {
  remount: 'mount -o remount,bind,rw "$1"',
  'remount of a copy':
    'mkdir -p /tmp/copy; mount --rbind / /tmp/copy && mount -o remount,bind,rw "/tmp/copy$1"',
  'a level below': 'unshare --user --map-root-user --mount mount -o remount,bind,rw "$1"',
  umount: 'umount -l "$1"',
  'a move': 'mkdir -p /tmp/moved; mount --move "$1" /tmp/moved && mount -o remount,bind,rw /tmp/moved',
  'the level above': 'nsenter --target 1 --user --mount mount -o remount,bind,rw "$1"',
  'by the root of process 1': 'mount -o remount,bind,rw "/proc/1/root$1"',
  propagation: 'mount --make-rshared / && mount -o remount,bind,rw "$1"',
}

test.for(Object.entries(REMOUNTS))(
  'bwrap: nothing of the host becomes writable: %s',
  async ([, attack], context) => {
    const sandbox = await open(context)
    const bin = path.dirname(process.execPath)
    const before = await stat(process.execPath)
    for (const seen of [
      '/run/playground/bin',
      '/run/playground/sandbox/shell.bash',
      '/home/learner/package.json',
      '/usr',
      '/etc',
      '/',
    ]) {
      await inside(sandbox, `attack() { ${attack}; }; attack ${seen}`)
      const written = await inside(
        sandbox,
        `for at in '' /tmp/copy /proc/1/root /proc/2/root; do
         for to in ${seen} /run/playground/bin; do
           { [ -d $at$to ] && echo broken > $at$to/attacked && echo WRITTEN; } 2>/dev/null
           { [ -f $at$to ] && echo >> $at$to && echo WRITTEN; } 2>/dev/null
         done
       done; { echo broken > /tmp/moved/attacked && [ "$(stat -fc %T /tmp/moved)" != tmpfs ] && echo WRITTEN; } 2>/dev/null; true`,
      )
      expect(written, seen).toBe('')
    }
    expect((await stat(process.execPath)).mtimeMs).toBe(before.mtimeMs)
    await expect(stat(path.join(bin, 'attacked'))).rejects.toThrow('ENOENT')
    // What the attack was allowed is still its own alone: the next sandbox starts, and runs the real Node.
    const next = await open(context)
    expect(await inside(next, 'node --version')).toBe(`${process.version}\n`)
  },
)

test('bwrap: mounts can be changed by no newer system call either', async context => {
  needsProgram(context, 'python3')
  const sandbox = await open(context)
  // mount_setattr(2), on the mount itself and on a copy of it by open_tree(2).
  const program = `
import ctypes, os, struct
libc = ctypes.CDLL(None, use_errno=True)
AT_EMPTY_PATH, OPEN_TREE_CLONE, MOUNT_ATTR_RDONLY = 0x1000, 1, 1
attr = struct.pack('QQQQ', 0, MOUNT_ATTR_RDONLY, 0, 0)
for flags in (0, OPEN_TREE_CLONE):
    fd = libc.syscall(428, -100, b'/run/playground/bin', flags)
    status = libc.syscall(442, fd, b'', AT_EMPTY_PATH, attr, len(attr))
    print('cleared' if status == 0 else os.strerror(ctypes.get_errno()))
`
  expect(await inside(sandbox, `python3 -c '${program.replaceAll("'", `'\\''`)}'`)).toMatch(
    /^(?:(?:Operation not permitted|Function not implemented|Bad file descriptor)\n){2}$/,
  )
})

test.for(KINDS)('%s: process 1 and what it keeps are out of reach', async (kind, context) => {
  const sandbox = await open(context, kind)
  for (const attempt of [
    'readlink /proc/1/root',
    'readlink /proc/1/fd/0',
    'cat /proc/1/environ',
    'nsenter --target 1 --mount true',
    'nsenter --target 1 --user true',
    'nsenter --target 1 --pid true',
    'mount -t proc proc /proc',
  ])
    expect(await inside(sandbox, `${attempt} && echo ALLOWED; true`), attempt).not.toContain('ALLOWED')
  await inside(
    sandbox,
    'kill -KILL 1; kill -STOP 1; kill -INT 1; kill -TERM 1; kill -HUP 1; kill -CHLD 1; sleep 0.1',
  )
  expect(await inside(sandbox, 'echo alive')).toBe('alive\n')
})

test.for(KINDS)(
  '%s: who ends the process that keeps the sandbox ends the sandbox, and nothing else',
  async (kind, context) => {
    const sandbox = await open(context, kind)
    await inside(sandbox, 'kill -KILL -1')
    await sandbox.ended
    expect(await inside(await open(context, kind), 'echo next')).toBe('next\n')
  },
)

test.for(KINDS)(
  '%s: a descriptor taken from there makes the server read nothing more',
  async (kind, context) => {
    needsProgram(context, 'python3')
    const sandbox = await open(context, kind)
    // pidfd_open(2), pidfd_getfd(2): the output of the process that keeps the sandbox.
    const program = `
import ctypes, os
libc = ctypes.CDLL(None)
pidfd = libc.syscall(434, ${sandbox.keepers[1]}, 0)
out = libc.syscall(438, pidfd, 1, 0)
print('taken' if out >= 0 else 'refused', flush=True)
try:
    while True: os.write(out, b'x' * 65536)
except BrokenPipeError: pass
`
    expect(await inside(sandbox, `python3 -c "${program}"`)).toBe('taken\n')
    expect(await inside(sandbox, 'echo alive')).toBe('alive\n')
  },
)

/** A listener to be seen, whatever else is done. */
const LISTEN = `python3 -c 'import socket, time
s = socket.create_server(("127.0.0.1", 8080), backlog=7)
print("up", flush=True)
time.sleep(60)' > up & while ! grep -q up up; do :; done`

const FAKES = {
  'a pipe for a counter':
    'mount -t tmpfs t /proc; mkdir -p /proc/1/net; mkfifo /proc/1/net/snmp /proc/1/net/tcp',
  'a pipe over a process': 'mkfifo pipe; mount --bind pipe /proc/$$/stat; mount --bind pipe /proc/2/net/snmp',
  'a pipe over the tables':
    'mkfifo pipe; for f in snmp snmp6 netstat sockstat tcp udp; do mount --bind pipe /proc/$$/net/$f; done',
  'a file without end':
    'mount -t tmpfs t /proc; mkdir -p /proc/1/net; ln -s /dev/zero /proc/1/net/snmp; ln -s /dev/zero /proc/7',
  'an ss and an sh of its own': `mkdir own; printf '#!/bin/bash\nmkfifo /tmp/p; exec 3<> /tmp/p; echo $$; sleep 60\n' > own/sh
    chmod +x own/sh; cp own/sh own/ss; mount --bind own "\${PATH%%:*}"; mount --bind own/ss "$(readlink -f /usr/bin/ss)"`,
}

for (const [name, program] of Object.entries(FAKES))
  test.for(KINDS)(`%s: ${name} neither stops the server nor deceives it`, async (kind, context) => {
    needsProgram(context, 'ss', 'python3')
    const machine = await lookAfter(context, kind, `${LISTEN}; ${program}`)
    expect(machine.listeners).toMatchObject([{ port: 8080, backlog: 7, owners: [{ title: 'python3' }] }])
    expect(machine.migrateReq).toBe(false)
  })

test.for(KINDS)('%s: what a program has stopped ends with a server that is killed', async (kind, context) => {
  needsProgram(context, 'python3')
  await needsSandbox(context)
  const look = [path.join(import.meta.dirname, 'look-child.ts'), kind, workspace, `${LISTEN}; kill -STOP -1`]
  const mark = `ATTACK_MARK=${workspace}`
  const env = { ...process.env, ATTACK_MARK: workspace }
  const server = spawn(process.execPath, look, { env, stdio: 'ignore' })
  const states = async () => (await findMarked(mark)).map(({ state }) => state)
  await expect.poll(states).toContain('T')
  server.kill('SIGKILL')
  await once(server, 'exit')
  await expect.poll(states).toEqual([])
})

test.for(KINDS)(
  '%s: a link in a /proc of its own brings no file of the host to the page',
  async (kind, context) => {
    const secret = path.join(base, 'secret')
    await writeFile(secret, '7 (the secret word) S 1 1 1 0 -1', { mode: 0o600 })
    const fake = `mount -t tmpfs t /proc; mkdir -p /proc/7 /proc/1/net; for f in 7/stat 1/net/snmp 1/net/tcp; do ln -s ${secret} /proc/$f; done`
    const machine = await lookAfter(context, kind, fake)
    expect(JSON.stringify(machine)).not.toContain('secret')
    expect(machine.processes.map(({ title }) => title)).toContain('sleep')
  },
)

test('descriptors and keys of who started the server stay outside', async context => {
  needsProgram(context, 'perl')
  await needsSandbox(context)
  const file = path.join(base, 'login-file')
  await writeFile(file, 'login-words', { mode: 0o600 })
  const [keyctl, addKey] = { x64: [250, 248], arm64: [219, 217] }[process.arch as 'x64' | 'arm64']
  // keyctl(2): joins a session keyring of its own, as a login does, and adds a key; inside: searches and reads it.
  const login = `my ($t, $n, $v) = ("user", "login-key", "login-word"); syscall(${keyctl}, 1, 0); syscall(${addKey}, $t, $n, $v, 10, -3) >= 0 or die; exec {$ARGV[0]} @ARGV`
  const search = `my ($t, $n, $v) = ("user", "login-key", "." x 10); my $k = syscall(${keyctl}, 10, -3, $t, $n, 0); syscall(${keyctl}, 11, $k, $v, 10); print "found $k $v"`
  const fence = `$ ls -l /proc/[0-9]*/fd; cat /proc/keys; cat <&20; perl -e '${search}'; echo`
  await writeFile(path.join(base, 'page.md'), `\`\`\`console\n${fence}\n\`\`\`\n`)
  const repo = path.join(import.meta.dirname, '../..')
  const start = [path.join(repo, 'playground/start.mjs'), './authoring/verify.ts', path.join(base, 'page.md')]
  // A descriptor above those that libuv closes.
  const shell = `exec 20< "$1"; shift; exec perl -e '${login}' "$@"`
  const args = ['-c', shell, 'bash', file, process.execPath, ...start]
  // The run fails, because the page expects nothing; what it shows is what the sandbox had.
  const { stdout } = await run('bash', args).catch(error => error)
  expect(stdout).toContain('/proc/1/fd')
  expect(stdout).toContain('found -1')
  expect(stdout.replaceAll(fence, '').replaceAll(search, '')).not.toMatch(/login-(?:file|word|key)/)
})
