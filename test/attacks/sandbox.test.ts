/** What a program in a pane may try against the host and the server: it is root of its own small machine, not of more. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, type TestContext, test } from 'vitest'
import type { Machine } from '../../playground/protocol.ts'
import { compileScripts } from '../../playground/sandbox/compile.ts'
import type { Sandbox, SandboxKind } from '../../playground/sandbox/kind.ts'
import { findMarked } from '../../playground/sandbox/processes.ts'
import { createSandbox } from '../../playground/sandbox/sandbox.ts'
import { createPane } from '../../playground/terminal/pane.ts'
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
  await openWorkspace([], workspace)
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

test.for(KINDS)('%s: the terminals of other lessons do not come along', async (kind, context) => {
  const other = createPane('other', await open(context, kind))
  await other.start()
  const sandbox = await open(context, kind)
  const held = await inside(sandbox, `ls -l /proc/self/fd /proc/${sandbox.keepers[1]}/fd`)
  expect(held).toMatch(/ 0 -> /)
  expect(held).not.toMatch(/ptmx|pts/)
})

test.for(KINDS)('%s: a terminal has its streams and nothing else open, and a mode', async (kind, context) => {
  const sandbox = await open(context, kind)
  const panes = ['other', 'own'].map(name => createPane(name, sandbox))
  let said = ''
  panes[1]!.listen(event => {
    if (event.kind === 'output') said += event.bytes
  })
  for (const pane of panes) await pane.start()
  // 3: what lists the folder has it open.
  panes[1]!.type('echo open: $(ls /proc/self/fd); stty -a; env; echo en"d"')
  await expect.poll(() => said).toMatch(/^end\r$/m)
  expect(said).toMatch(/open: 0 1 2 3\r$/m)
  // Otherwise the kernel throws away what was printed when Ctrl-C is pressed.
  expect(said).toMatch(/ noflsh/)
  expect(said).not.toContain('PLAYGROUND_NOFLSH')
})

test('bwrap: who stops the program that compiles the scripts holds up no command, and leaves nothing', async context => {
  const sandbox = await open(context)
  sandbox.env.ATTACK_MARK = workspace
  const marked = () => findMarked(`ATTACK_MARK=${workspace}`)
  // As by `kill -STOP -1` of another terminal, at the worst moment.
  const command = () => sandbox.command(['bash', '-c', 'kill -STOP $$'])
  const closing = new AbortController()
  await compileScripts({ ...sandbox, command }, ['one.ts'], closing.signal, 1)
  const again = compileScripts({ ...sandbox, command }, ['one.ts'], closing.signal, 3600)
  // What joins a sandbox stops with what it has started there.
  const joining = async () => (await marked()).find(({ title }) => title === 'nsenter')?.state
  await expect.poll(joining).toBe('T')
  const closed = sandbox.close()
  closing.abort()
  await Promise.all([closed, again])
  expect((await marked()).map(({ title }) => title)).toEqual([])
})

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

/** As much as the bounds of a sandbox allow, or a little less: `$1` at a time, of a program that says `full`. */
const CROWDS = {
  'descriptors by the million': `
import os, socket, time
s = socket.create_server(('127.0.0.1', 8080))
try:
    while True: os.dup(s.fileno())
except OSError: pass
for _ in range(100):
    if os.fork() == 0: time.sleep(300)
print('full', flush=True)
time.sleep(300)`,
  'listeners by the ten thousand': `
import os, socket, time
for child in range(4):
    if os.fork(): continue
    kept = []
    try:
        while len(kept) < 4000: kept.append(socket.create_server((f'127.0.{child}.1', 1024 + len(kept))))
    except OSError: pass
    print('full', flush=True)
    time.sleep(300)
time.sleep(300)`,
}

test.for(Object.entries(CROWDS))(
  'bwrap: %s keep neither the server busy nor a page',
  async ([, program], context) => {
    needsProgram(context, 'python3')
    const start = `cat > crowd.py <<'END'\n${program}\nEND\npython3 crowd.py > said & while ! grep -q full said; do sleep 0.1; done`
    const machine = await lookAfter(context, 'bwrap', start)
    expect(machine.listeners.length).toBeGreaterThan(0)
    expect(JSON.stringify(machine).length).toBeLessThan(1024 * 1024)
  },
)

test.for(KINDS)('%s: what a program has stopped ends with a server that is killed', async (kind, context) => {
  needsProgram(context, 'python3')
  await needsSandbox(context)
  // It goes on: the server waits for it, and does not end by itself.
  const program = `${LISTEN}; kill -STOP -1; sleep 600`
  const look = [path.join(import.meta.dirname, 'look-child.ts'), kind, workspace, program]
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

test('unshare: the files of the user who runs the server are in reach, as the threat model says', async context => {
  const sandbox = await open(context, 'unshare')
  const file = path.join(base, 'private')
  await writeFile(file, 'private words', { mode: 0o600 })
  const read = await inside(sandbox, `cat ${file} && echo changed > ${file}`)
  const asRoot = process.getuid?.() === 0
  expect(read).toMatch(asRoot ? /Permission denied/ : /^private words$/)
  expect(await readFile(file, 'utf8')).toBe(asRoot ? 'private words' : 'changed\n')
})

test('none: files and programs of the user who runs the server are in reach, as the threat model says', async context => {
  await needsSandbox(context)
  const sandbox = await createSandbox({ workspace, kind: 'none' })
  opened.push(sandbox)
  const file = path.join(base, 'private')
  await writeFile(file, 'private words', { mode: 0o600 })
  const other = spawn('sleep', ['600'])
  const ended = once(other, 'exit')
  const program = `cat ${file}; echo changed > ${file}; kill -TERM ${other.pid}; grep Seccomp: /proc/self/status`
  expect(await inside(sandbox, program)).toBe(
    `private words${await readFile('/proc/self/status', 'utf8').then(status => /^Seccomp:.*\n/m.exec(status)![0])}`,
  )
  expect(await readFile(file, 'utf8')).toBe('changed\n')
  expect(await ended).toEqual([null, 'SIGTERM'])
})

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

/** One line for each, in this order. System calls of Python's process itself, by their numbers. */
const ASK = `
import ctypes, errno, fcntl, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
def say(what, result):
    print(what, 'done' if result >= 0 else errno.errorcode[ctypes.get_errno()], flush=True)
key = {'x86_64': 248, 'aarch64': 217}[os.uname().machine]
say('add_key', libc.syscall(key, b'user', b'a', b'b', 1, -3))
say('request_key', libc.syscall(key + 1, b'user', b'a', None, -3))
say('keyctl', libc.syscall(key + 2, 0, -4, 1))
say('io_uring', libc.syscall(425, 8, ctypes.create_string_buffer(120)))
say('lease', libc.fcntl(os.open(os.environ['PLAYGROUND_LEASED'], os.O_RDONLY), 1024, fcntl.F_WRLCK))
say('fallocate', libc.fallocate(os.open('/tmp', os.O_TMPFILE | os.O_RDWR), 0, ctypes.c_long(0), ctypes.c_long(4096)))
for name in ('AF_VSOCK', 'AF_ALG', 'AF_BLUETOOTH', 'AF_INET6', 'AF_PACKET', 'AF_NETLINK'):
    kind = socket.SOCK_SEQPACKET if name in ('AF_ALG', 'AF_BLUETOOTH') else socket.SOCK_RAW if name in ('AF_PACKET', 'AF_NETLINK') else socket.SOCK_STREAM
    say(name, libc.socket(int(getattr(socket, name)), int(kind), 0))
`
const REFUSED = `add_key EPERM
request_key EPERM
keyctl EPERM
io_uring EPERM
lease EPERM
fallocate ENOTSUP
AF_VSOCK EAFNOSUPPORT
AF_ALG EAFNOSUPPORT
AF_BLUETOOTH EAFNOSUPPORT
AF_INET6 done
AF_PACKET done
AF_NETLINK done
`

test.for(KINDS)(
  '%s: what no namespace bounds is refused: keys, leases, the machine below',
  async (kind, context) => {
    needsProgram(context, 'perl', 'python3')
    const sandbox = await open(context, kind)
    const leased = 'f=$(mktemp); export PLAYGROUND_LEASED=$f'
    expect(await inside(sandbox, `${leased}; python3 -c "${ASK}"`)).toBe(REFUSED)
    // Nor by who is made to do it: all that it can take hold of lives under the same filter.
    const filters = 'grep -h ^Seccomp: /proc/[0-9]*/status | sort -u'
    expect(await inside(sandbox, filters)).toBe('Seccomp:\t2\n')
  },
)

/** Takes one after another until the kernel refuses: inotify_init(2), and UTS namespaces, each held by a descriptor. */
const HOARD = `
import ctypes, os
libc = ctypes.CDLL(None)
CLONE_NEWUTS, kept, watches = 0x04000000, [], 0
while libc.inotify_init() >= 0: watches += 1
try:
    while libc.unshare(CLONE_NEWUTS) == 0: kept.append(os.open("/proc/self/ns/uts", os.O_RDONLY))
except OSError: pass
print(watches, len(kept), flush=True)
`

test.for(KINDS)(
  '%s: of what the kernel counts for the whole user a sandbox gets a part',
  async (kind, context) => {
    needsProgram(context, 'python3')
    const quota = async (name: string) => Number(await readFile(`/proc/sys/user/max_${name}`, 'utf8'))
    const sandbox = await open(context, kind)
    const raise = 'for each in /proc/sys/user/*; do echo 1000000 > $each; done'
    const said = (await inside(sandbox, `${raise}; python3 -c '${HOARD}'`)).split(' ').map(Number)
    const [instances, namespaces] = said as [number, number]
    expect(instances).toBeGreaterThanOrEqual(1)
    expect(instances).toBeLessThanOrEqual(Math.max(8, (await quota('inotify_instances')) / 16))
    expect(namespaces).toBeGreaterThanOrEqual(1)
    expect(namespaces).toBeLessThanOrEqual(Math.max(8, (await quota('uts_namespaces')) / 16))
  },
)

/** Takes of what a user namespace bounds as much as it gets: sigqueue(3) of a blocked signal, and processes. */
const TAKE = `
import ctypes, os, signal, sys, time
libc = ctypes.CDLL(None)
signal.pthread_sigmask(signal.SIG_BLOCK, [40])
signals = processes = 0
while libc.sigqueue(os.getpid(), 40, None) == 0 and signals < 10**6: signals += 1
try:
    while processes < 200:
        if os.fork() == 0: time.sleep(300)
        processes += 1
except OSError: pass
print(signals, processes, flush=True)
time.sleep(300)
`

test.for(KINDS)(
  '%s: signals that wait, and processes: a sandbox gets a part, and leaves the others theirs',
  async (kind, context) => {
    needsProgram(context, 'python3')
    await needsSandbox(context)
    const [major, minor] = os.release().split('.').map(Number) as [number, number]
    if (major < 5 || (major === 5 && minor < 14)) context.skip('needs Linux 5.14')
    const all = Number(/^Max pending signals +(\d+)/m.exec(await readFile('/proc/self/limits', 'utf8'))?.[1])
    const taker = await createSandbox({ workspace, kind, processes: 64 })
    opened.push(taker)
    const [file, ...args] = taker.command(['python3', '-c', TAKE])
    const program = spawn(file!, args, { env: taker.env, stdio: ['ignore', 'pipe', 'ignore'] })
    const [said] = await once(program.stdout, 'data')
    const [signals, processes] = String(said).split(' ').map(Number) as [number, number]
    expect(signals).toBeGreaterThan(0)
    expect(signals).toBeLessThanOrEqual(all / 16)
    expect(processes).toBeLessThan(64)
    const other = await open(context, kind)
    const queue = `import ctypes, os, signal; signal.pthread_sigmask(signal.SIG_BLOCK, [40]); print(ctypes.CDLL(None).sigqueue(os.getpid(), 40, None))`
    expect(await inside(other, `python3 -c '${queue}'`)).toBe('0\n')
  },
)

test.for(KINDS)('%s: a program of 32 bits comes round by no other number', async (kind, context) => {
  if (process.arch !== 'x64') return context.skip('other numbers on this machine')
  needsProgram(context, 'perl', 'python3')
  const sandbox = await open(context, kind)
  // x86-64's second set of numbers: getpid(2), and keyctl(2).
  const program =
    'import ctypes; l = ctypes.CDLL(None, use_errno=True); print(*[(l.syscall(0x40000000 + n, 0, -4, 1), ctypes.get_errno()) for n in (39, 250)])'
  expect(await inside(sandbox, `python3 -c "${program}"`)).toBe('(-1, 38) (-1, 38)\n')
})
