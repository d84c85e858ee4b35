/** Sandboxes made of namespaces, by bubblewrap or by util-linux's unshare. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { createBounds, tmpfsSizes } from './bounds.ts'
import type { Limits } from './hierarchy.ts'
import { listProcesses } from './processes.ts'
import { environment, RC_FILE, type Sandbox, SYSTEM_PATH } from './sandbox.ts'

/**
 * Whoever is root outside would be root over the host's `/proc/sys` inside as well: a file's owner needs no
 * capability there. So root's sandboxes belong to this uid, which owns nothing else.
 */
export const SANDBOX_UID = 65_432
export const AS_ROOT = process.getuid?.() === 0 && isInitialNamespace()
const AS_NOBODY = [
  ...['setpriv', `--reuid=${SANDBOX_UID}`, `--regid=${SANDBOX_UID}`],
  ...['--clear-groups', '--inh-caps=-all', '--'],
]

/** A folder or file of the host and where it is seen inside. */
interface Bind {
  from: string
  to: string
  writable?: boolean
  /** Left out where it is not there. */
  optional?: boolean
}

/** All of the host that bubblewrap's sandboxes see, read-only; what a distribution has not is left out. */
const SYSTEM_FOLDERS = [
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/etc',
  '/opt',
  '/nix/store',
]
/** Where root binds what the sandbox's uid could not reach. Each sandbox sees its own. */
const STAGE = '/run/reuseport-playground'
const START_TIMEOUT_MS = 10_000
let sizing: Promise<boolean> | undefined

/** @throws Error with one line that says why it does not start */
export async function createNamespaces(
  kind: 'bwrap' | 'unshare',
  workspace: string,
  limits: Limits,
): Promise<Sandbox> {
  // Where nothing hides the host's files, they are where they are; from root's clone they come by way of the stage.
  const moved = kind === 'bwrap' || AS_ROOT
  const home = kind === 'bwrap' ? '/home/learner' : AS_ROOT ? `${STAGE}/home` : path.dirname(workspace)
  const tools = kind === 'bwrap' ? '/run/playground' : STAGE
  const cwd = path.join(home, path.basename(workspace))
  const binds: Bind[] = [
    { from: path.dirname(process.execPath), to: `${tools}/bin` },
    { from: RC_FILE, to: `${tools}/shell.bash` },
    { from: path.join(workspace, '..', 'package.json'), to: path.join(home, 'package.json'), optional: true },
    { from: workspace, to: cwd, writable: true },
  ]
  const staged =
    kind === 'bwrap' ? binds.map((bind, index) => ({ ...bind, from: `${STAGE}/${index}` })) : binds
  const sizes = kind === 'bwrap' && (await knowsSizes(kind)) ? tmpfsSizes(limits) : undefined
  const inner = kind === 'bwrap' ? bwrap(AS_ROOT ? staged : binds, sizes) : UNSHARE
  const targets = kind === 'bwrap' ? staged.map(({ from }) => from) : binds.map(({ to }) => to)
  const outer = AS_ROOT ? [...stage(binds, targets), ...AS_NOBODY, ...inner] : inner
  const bounds = await createBounds(limits)
  const [file, ...args] = bounds.command(outer)
  // Its own session: Ctrl-C in the terminal that started the server is for the server, which then ends it in order.
  const child = spawn(file!, args, {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    env: { PATH: SYSTEM_PATH },
    detached: true,
  })
  const ended = exited(child).then(() => bounds.close())
  const first = await firstProcess(kind, child)
  const namespaces = ['--user', '--net', '--pid', '--mount', '--uts', '--ipc', '--preserve-credentials']
  return {
    kind,
    bounds: bounds.limits,
    unbounded: bounds.unbounded,
    command: argv =>
      bounds.command([
        ...(AS_ROOT ? AS_NOBODY : []),
        'nsenter',
        `--target=${first}`,
        ...namespaces,
        '--',
        ...argv,
      ]),
    env: {
      ...environment(home, moved ? `${tools}/bin` : path.dirname(process.execPath)),
      // Its own and in memory: what one sandbox has compiled, another one would have to trust.
      ...(kind === 'bwrap' ? { NODE_COMPILE_CACHE: '/var/cache/node' } : {}),
    },
    cwd,
    rcFile: moved ? `${tools}/shell.bash` : RC_FILE,
    proc: `/proc/${first}/root/proc`,
    ended,
    async close() {
      // The kernel ends everything in a pid namespace with its first process, before that one counts as ended.
      if (child.exitCode === null && child.signalCode === null) kill(first)
      await ended
    },
  }
}

/** @param sizes undefined: each may grow to half of the machine's memory */
function bwrap(binds: Bind[], sizes: ReturnType<typeof tmpfsSizes> | undefined): string[] {
  const tmpfs = (folder: string, size: number | undefined) => [
    ...(size ? ['--size', `${size}`] : []),
    ...['--tmpfs', folder],
  ]
  return [
    'bwrap',
    // 'ALL' is all within the namespaces below: sysctl of its own network, strace of its own processes.
    // Each by name: `--unshare-all` goes on without a user namespace, which panes could then not join.
    ...[
      '--unshare-user',
      '--unshare-net',
      '--unshare-pid',
      '--unshare-ipc',
      '--unshare-uts',
      '--unshare-cgroup-try',
    ],
    ...['--uid', '0', '--gid', '0', '--cap-add', 'ALL', '--hostname', 'playground'],
    ...['--die-with-parent', '--clearenv', '--info-fd', '3'],
    ...SYSTEM_FOLDERS.flatMap(folder => ['--ro-bind-try', folder, folder]),
    ...['--ro-bind-try', '/sys/devices/system', '/sys/devices/system'],
    ...['--dev', '/dev', '--proc', '/proc'],
    ...['--perms', '1777', ...tmpfs('/dev/shm', sizes?.other), '--remount-ro', '/dev'],
    ...['--perms', '1777', ...tmpfs('/tmp', sizes?.tmp)],
    ...['/run', '/home', '/var'].flatMap(folder => tmpfs(folder, sizes?.other)),
    ...['--perms', '1777', '--dir', '/var/tmp'],
    ...binds.flatMap(({ from, to, writable, optional }) => [
      `--${writable ? '' : 'ro-'}bind${optional ? '-try' : ''}`,
      from,
      to,
    ]),
    ...['--remount-ro', '/'],
    // Says that the mounts are done, which `--info-fd` alone does not; then waits for the server's end.
    ...['--', '/bin/sh', '-c', 'echo ready; read -r _'],
  ]
}

/** bubblewrap from 0.7 on can bound a tmpfs. */
function knowsSizes(bwrap: string): Promise<boolean> {
  sizing ??= new Promise(resolve =>
    execFile(bwrap, ['--help'], { env: { PATH: SYSTEM_PATH } }, (_, out) =>
      resolve(out.includes('--size BYTES')),
    ),
  )
  return sizing
}

/** bash as process 1 reaps orphans; it ends with the server, whose end of its standard input closes. */
const UNSHARE = [
  ...['unshare', '--user', '--map-root-user', '--net', '--pid', '--mount', '--uts', '--ipc'],
  ...['--fork', '--kill-child', '--mount-proc', '--'],
  ...['/bin/bash', '-c', 'hostname playground; ip link set lo up && echo ready; read -r _'],
]

/**
 * Root binds what is needed to where the sandbox's uid can reach it, in a folder that is seen by this command
 * alone. What stands behind it then runs there.
 */
function stage(binds: Bind[], targets: string[]): string[] {
  mkdirSync(STAGE, { recursive: true, mode: 0o755 })
  const there = binds.flatMap(({ from }, index) => {
    const stats = statSync(from, { throwIfNoEntry: false })
    return stats ? [{ from, to: targets[index]!, isFolder: stats.isDirectory() }] : []
  })
  const folders = there.map(({ to, isFolder }) => quote(isFolder ? to : path.dirname(to)))
  // As few processes as can be: they are most of what a start takes.
  const script = [
    'set -e',
    `mount -t tmpfs -o mode=755 tmpfs ${STAGE}`,
    `mkdir -p ${folders.join(' ')}`,
    ...there.filter(({ isFolder }) => !isFolder).map(({ to }) => `: > ${quote(to)}`),
    ...there.map(({ from, to }) => `mount --bind ${quote(from)} ${quote(to)}`),
    'exec "$@"',
  ].join('\n')
  return ['unshare', '--mount', '--propagation', 'private', '--', '/bin/sh', '-c', script, 'stage']
}

/** For a shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** Host pid of the sandbox's process 1, once the inside says that it is ready. */
async function firstProcess(kind: 'bwrap' | 'unshare', child: ChildProcess): Promise<number> {
  const read = (stream: number) => child.stdio[stream] as NodeJS.ReadableStream
  let out = ''
  let info = ''
  let complaint = ''
  let timer: NodeJS.Timeout | undefined
  child.stdin?.on('error', () => {
    // It has ended first; `close` says so.
  })
  try {
    await new Promise<void>((resolve, reject) => {
      const late = () => reject(new Error(`it did not start within ${START_TIMEOUT_MS / 1000} s`))
      timer = setTimeout(late, START_TIMEOUT_MS)
      // The two come by ways of their own, in either order.
      const look = () => {
        if (out.includes('ready\n') && (kind === 'unshare' || info.trimEnd().endsWith('}'))) resolve()
      }
      read(1).on('data', chunk => {
        out += chunk
        look()
      })
      read(3).on('data', chunk => {
        info += chunk
        look()
      })
      read(2).on('data', chunk => {
        complaint = (complaint + chunk).slice(0, 4096)
      })
      child.once('error', reject)
      child.once('close', status =>
        reject(new Error(complaint.trim().split('\n')[0] || `it ended with ${status}`)),
      )
    })
    if (kind === 'bwrap') return JSON.parse(info)['child-pid']
    const inside = (await listProcesses('/proc')).find(({ parent }) => parent === child.pid)
    if (!inside) throw new Error('it has no first process')
    return inside.pid
  } catch (error) {
    child.kill('SIGKILL')
    const { code, message } = error as NodeJS.ErrnoException
    const name = { bwrap: 'bubblewrap', unshare: "util-linux's unshare" }[kind]
    throw new Error(
      code === 'ENOENT' || message.includes(`failed to execute ${kind}`)
        ? `${name} is not installed`
        : `${name} does not start here: ${message}`,
    )
  } finally {
    clearTimeout(timer)
  }
}

/** Root of a user namespace below, as in a rootless container, is an ordinary user for the kernel. */
function isInitialNamespace(): boolean {
  try {
    return /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'))
  } catch {
    return true
  }
}

function exited(child: ChildProcess): Promise<void> {
  return new Promise(resolve => {
    child.once('error', () => resolve())
    child.once('exit', () => resolve())
  })
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
