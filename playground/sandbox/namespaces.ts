/**
 * Sandboxes made of namespaces, on two levels. The outer one, by bubblewrap or by util-linux's unshare, has the
 * mounts and the processes; its first process is out of reach of the inner one, where panes are root: of its network,
 * of its mounts and of nothing above. What the outer level has mounted the inner one can neither remount nor take away
 * (mount_namespaces(7), locked mounts), and what it mounts itself the outer level does not see.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import type { Writable } from 'node:stream'
import { createBounds, tmpfsSizes } from './bounds.ts'
import type { Limits } from './cgroup-place.ts'
import { environment, RC_FILE, SYSTEM_PATH } from './environment.ts'
import { FILTER, filtered } from './filter.ts'
import type { Sandbox } from './kind.ts'
import { PACKAGES } from './packages.ts'
import { limited, QUOTAS, quotas } from './quotas.ts'
import { whenReady } from './ready.ts'
import { MIGRATE_REQ, openSetting } from './setting.ts'

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
/** Beside the workspace. */
const COURSE = 'course'
let helping: Promise<string> | undefined

/** @throws Error with one line that says why it does not start */
export async function createNamespaces(
  kind: 'bwrap' | 'unshare',
  { workspace, course }: { workspace: string; course?: string },
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
    ...(course && moved ? [{ from: course, to: path.join(home, COURSE) }] : []),
    ...PACKAGES.map(({ name, folder }) => ({ from: folder, to: path.join(home, name), optional: true })),
    { from: workspace, to: cwd, writable: true },
  ]
  const staged =
    kind === 'bwrap' ? binds.map((bind, index) => ({ ...bind, from: `${STAGE}/${index}` })) : binds
  const outer = kind === 'bwrap' ? outerLevel(AS_ROOT ? staged : binds, limits, await helpOf(kind)) : UNSHARE
  const targets = kind === 'bwrap' ? staged.map(({ from }) => from) : binds.map(({ to }) => to)
  const begin = [
    ...outer,
    ...(kind === 'bwrap' ? [] : filtered()),
    ...FIRST,
    ...limited(limits.processes),
    ...INNER,
  ]
  const bounds = await createBounds(limits)
  const [file, ...args] = bounds.command(AS_ROOT ? [...stage(binds, targets), ...AS_NOBODY, ...begin] : begin)
  // Its own session: Ctrl-C in the terminal that started the server is for the server, which then ends it in order.
  const child = spawn(file!, args, {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    env: { PATH: SYSTEM_PATH },
    detached: true,
  })
  const filter = child.stdio[4] as Writable
  // It has ended first; `close` says so.
  filter.on('error', () => {}).end(FILTER)
  const { first, holder } = await whenReady(kind, child)
  // Nothing more comes from there but what a program has written that took a descriptor from the holder.
  for (const stream of child.stdio.slice(1)) stream?.destroy()
  const proc = `/proc/${first}/root/proc`
  const self = `${proc}/${holder}`
  // Before any program of the learner's could have put something else there.
  const setting = openSetting(`${self}/fd/5`)
  const ended = exited(child).then(() => {
    setting.close()
    return bounds.close()
  })
  const asUser = AS_ROOT ? AS_NOBODY : []
  // Its processes belong to the outer level, so that is where one has to come from.
  const toOuter = ['nsenter', `--target=${first}`, '--user', '--pid', '--preserve-credentials', '--']
  const inner = (namespace: string) => `${self}/ns/${namespace}`
  const toInner = filtered({
    ...{ mount: inner('mnt'), net: inner('net'), ipc: inner('ipc'), uts: inner('uts') },
    user: inner('user'),
  })
  const toNetwork = [
    'nsenter',
    `--user=${inner('user')}`,
    `--net=${inner('net')}`,
    '--preserve-credentials',
    '--',
  ]
  return {
    kind,
    bounds: bounds.limits,
    unbounded: bounds.unbounded,
    command: argv => bounds.command([...asUser, ...toOuter, ...toInner, ...argv]),
    beside: argv => bounds.command([...asUser, ...toNetwork, ...argv]),
    env: {
      ...environment(home, moved ? `${tools}/bin` : path.dirname(process.execPath)),
      // Its own and in memory: what one sandbox has compiled, another one would have to trust.
      ...(kind === 'bwrap' ? { NODE_COMPILE_CACHE: '/var/cache/node' } : {}),
    },
    cwd,
    course: course && moved ? path.join(home, COURSE) : course,
    rcFile: moved ? `${tools}/shell.bash` : RC_FILE,
    proc,
    self,
    keepers: [1, holder],
    migrateReq: setting.read,
    ended,
    async close() {
      // The kernel ends everything in a pid namespace with its first process, before that one counts as ended.
      if (child.exitCode === null && child.signalCode === null) kill(first)
      await ended
    },
  }
}

/** @param help what this bubblewrap says of its options: before 0.5 it sets no modes, before 0.7 it bounds no tmpfs */
export function outerLevel(binds: Bind[], limits: Limits, help: string): string[] {
  const sizes = help.includes('--size BYTES') ? tmpfsSizes(limits) : undefined
  // Without it everything belongs to root alone, who is the only user there is inside.
  const open = help.includes('--perms OCTAL') ? ['--perms', '1777'] : []
  const tmpfs = (folder: string, size: number | undefined) => [
    ...(size ? ['--size', `${size}`] : []),
    ...['--tmpfs', folder],
  ]
  return [
    'bwrap',
    // Each by name: `--unshare-all` goes on without a user namespace. The network is the inner level's.
    ...['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
    // Only who had the one capability may map root of a level above (user_namespaces(7)).
    ...['--uid', '0', '--gid', '0', '--cap-add', 'CAP_SETFCAP'],
    // To set its quotas.
    ...['--cap-add', 'CAP_SYS_RESOURCE'],
    ...['--hostname', 'playground', '--as-pid-1'],
    ...['--die-with-parent', '--info-fd', '3'],
    ...(FILTER ? ['--seccomp', '4'] : []),
    ...SYSTEM_FOLDERS.flatMap(folder => ['--ro-bind-try', folder, folder]),
    ...['--ro-bind-try', '/sys/devices/system', '/sys/devices/system'],
    ...['--dev', '/dev', '--proc', '/proc'],
    ...[...open, ...tmpfs('/dev/shm', sizes?.other), '--remount-ro', '/dev'],
    ...[...open, ...tmpfs('/tmp', sizes?.tmp)],
    ...['/run', '/home', '/var'].flatMap(folder => tmpfs(folder, sizes?.other)),
    ...[...open, '--dir', '/var/tmp'],
    ...binds.flatMap(({ from, to, writable, optional }) => [
      `--${writable ? '' : 'ro-'}bind${optional ? '-try' : ''}`,
      from,
      to,
    ]),
    ...['--remount-ro', '/', '--'],
  ]
}

/** What it prints of itself, the same each time. */
function helpOf(bwrap: string): Promise<string> {
  helping ??= new Promise(resolve =>
    execFile(bwrap, ['--help'], { env: { PATH: SYSTEM_PATH } }, (_, out) => resolve(out)),
  )
  return helping
}

/** Ends with the server, as bubblewrap does, whatever a program inside has stopped. */
const UNSHARE = [
  ...[
    'setpriv',
    '--pdeathsig',
    'KILL',
    '--',
    'unshare',
    '--user',
    '--map-root-user',
    '--pid',
    '--mount',
    '--uts',
  ],
  ...['--fork', '--kill-child', '--mount-proc', '--'],
  ...['/bin/sh', '-c', 'hostname playground; exec "$@"', 'unshare'],
]

/**
 * Process 1 keeps the outer level and reaps orphans, as a shell does while it waits. No signal from inside reaches it;
 * it ends with the holder, without which nobody could join.
 */
const FIRST = [
  ...['/bin/sh', '-c'],
  `while [ "$1" != -- ]; do echo "$2" > "${QUOTAS}/$1"; shift 2; done 2> /dev/null; shift; "$@"; exit`,
  ...['playground', ...quotas(), '--'],
]

/** The holder makes the inner level, opens what only the inside can open, and keeps both for those who join. */
const INNER = [
  ...['unshare', '--user', '--map-root-user', '--mount', '--net', '--ipc', '--uts', '--'],
  ...[
    '/bin/sh',
    '-c',
    `ip link set lo up || exit; [ ! -r ${MIGRATE_REQ} ] || exec 5< ${MIGRATE_REQ}; echo "ready $$"; read -r _`,
  ],
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
  const table = `${STAGE}/.table`
  // As few processes as can be: they are most of what a start takes.
  const script = [
    'set -e',
    `mount -t tmpfs -o mode=755 tmpfs ${STAGE}`,
    `mkdir -p ${folders.join(' ')}`,
    ...there.filter(({ isFolder }) => !isFolder).map(({ to }) => `: > ${quote(to)}`),
    // mount(8) takes a table from a regular file only.
    `printf '%s\\n' ${there.map(({ from, to }) => quote(`${inTable(from)} ${inTable(to)} none bind`)).join(' ')} > ${table}`,
    `mount --all --fstab ${table}`,
    'exec "$@"',
  ].join('\n')
  return ['unshare', '--mount', '--propagation', 'private', '--', '/bin/sh', '-c', script, 'stage']
}

/** For a table of mounts, as fstab(5) wants it: what would end a word, in octal. */
function inTable(text: string): string {
  return text.replace(/[\s\\#]/g, each => `\\${each.charCodeAt(0).toString(8).padStart(3, '0')}`)
}

/** For a shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
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
