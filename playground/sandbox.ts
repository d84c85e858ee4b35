/**
 * The namespaces that a workbench's programs live in: own network (port 8080 is always free), own
 * processes (nothing is left behind), own file system (no home, no host sockets).
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { endMarked } from './processes.ts'

export type SandboxKind = 'bwrap' | 'none'

export interface Sandbox {
  kind: SandboxKind
  /** The command line that runs `argv` inside. */
  command(argv: string[]): string[]
  /** Environment of a program inside, whole. */
  env: Record<string, string>
  /** The workspace as a program inside sees it. */
  cwd: string
  /** Its processes as the host sees them: a folder like `/proc`. */
  proc: string
  /** Resolves when it has ended, whoever ended it. */
  ended: Promise<void>
  /** Ends every process in it; resolves with those that could not be found or ended (`none` only). */
  close(): Promise<void>
}

export interface SandboxOptions {
  /** Host folder that is shown inside as `/home/learner/NAME`, writable. */
  workspace: string
  /** Default: the best that starts here. */
  kind?: SandboxKind
}

/**
 * Whoever is root outside would be root over the host's `/proc/sys` inside as well: a file's owner
 * needs no capability there. So root's sandboxes belong to this uid, which owns nothing else.
 */
export const SANDBOX_UID = 65_432
const AS_ROOT = process.getuid?.() === 0
const AS_NOBODY = [
  'setpriv',
  `--reuid=${SANDBOX_UID}`,
  `--regid=${SANDBOX_UID}`,
  '--clear-groups',
  '--inh-caps=-all',
  '--',
]

const HOME = '/home/learner'
const NODE_FOLDER = '/run/playground/bin'
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
/** All of the host that is seen inside, read-only; what is not there on this distribution is left out. */
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
const START_TIMEOUT_MS = 10_000

let kind: Promise<{ kind: SandboxKind | 'unavailable'; reason?: string }> | undefined

/** What this machine can do, found by starting one; asked once per process. */
export function sandboxKind(): Promise<{ kind: SandboxKind | 'unavailable'; reason?: string }> {
  kind ??= probe()
  return kind
}

async function probe(): Promise<{ kind: SandboxKind | 'unavailable'; reason?: string }> {
  if (process.platform !== 'linux')
    return {
      kind: 'unavailable',
      reason: `SO_REUSEPORT lessons need a Linux kernel; this is ${process.platform}`,
    }
  const workspace = await mkdtemp(path.join(os.tmpdir(), 'playground-probe-'))
  try {
    const sandbox = await createSandbox({ workspace, kind: 'bwrap' })
    await sandbox.close()
    return { kind: 'bwrap' }
  } catch (error) {
    return { kind: 'none', reason: (error as Error).message }
  } finally {
    await rm(workspace, { recursive: true, force: true })
  }
}

/** @throws Error with one line that says why it does not start and what to do */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const chosen = options.kind ?? (await sandboxKind()).kind
  if (chosen === 'unavailable') throw new Error('there is no Linux kernel here')
  return chosen === 'bwrap' ? createBwrap(options.workspace) : createPlain(options.workspace)
}

async function createBwrap(workspace: string): Promise<Sandbox> {
  const cwd = path.join(HOME, path.basename(workspace))
  const binds: Bind[] = [
    { from: path.dirname(process.execPath), to: NODE_FOLDER, mode: '--ro-bind' },
    {
      from: path.join(import.meta.dirname, 'shell.bash'),
      to: '/run/playground/shell.bash',
      mode: '--ro-bind',
    },
    {
      from: path.join(workspace, '..', 'package.json'),
      to: path.join(HOME, 'package.json'),
      mode: '--ro-bind-try',
    },
    { from: workspace, to: cwd, mode: '--bind' },
  ]
  const [file, ...args] = AS_ROOT ? stagedAsRoot(binds) : bwrap(binds)
  // Its own session: Ctrl-C in the terminal that started the server is for the server, which then ends it in order.
  const child = spawn(file!, args, {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    env: { PATH: SYSTEM_PATH },
    detached: true,
  })
  const ended = exited(child)
  const first = await firstProcess(child)

  const join = [
    'nsenter',
    `--target=${first}`,
    '--user',
    '--net',
    '--pid',
    '--mount',
    '--uts',
    '--ipc',
    '--preserve-credentials',
    '--',
  ]
  return {
    kind: 'bwrap',
    command: argv => [...(AS_ROOT ? AS_NOBODY : []), ...join, ...argv],
    env: environment(HOME, `${NODE_FOLDER}:${SYSTEM_PATH}`),
    cwd,
    proc: `/proc/${first}/root/proc`,
    ended,
    async close() {
      // The kernel ends everything in a pid namespace with its first process, before that one counts as ended.
      if (child.exitCode === null && child.signalCode === null) kill(first)
      await ended
    },
  }
}

interface Bind {
  from: string
  to: string
  mode: '--bind' | '--ro-bind' | '--ro-bind-try'
}

function bwrap(binds: Bind[]): string[] {
  return [
    'bwrap',
    // 'ALL' is all within the namespaces below: sysctl of its own network, strace of its own processes.
    ...['--unshare-all', '--uid', '0', '--gid', '0', '--cap-add', 'ALL', '--hostname', 'playground'],
    ...['--die-with-parent', '--clearenv', '--info-fd', '3'],
    ...SYSTEM_FOLDERS.flatMap(folder => ['--ro-bind-try', folder, folder]),
    ...['--ro-bind-try', '/sys/devices/system', '/sys/devices/system'],
    ...[
      '--dev',
      '/dev',
      '--proc',
      '/proc',
      '--perms',
      '1777',
      '--tmpfs',
      '/tmp',
      '--tmpfs',
      '/run',
      '--tmpfs',
      '/home',
      '--tmpfs',
      '/var',
    ],
    ...['--perms', '1777', '--dir', '/var/tmp', '--dir', HOME],
    ...binds.flatMap(({ mode, from, to }) => [mode, from, to]),
    ...['--remount-ro', '/'],
    // Says that the mounts are done, which `--info-fd` alone does not; then waits for the server's end.
    ...['--', '/bin/sh', '-c', 'echo ready; read -r _'],
  ]
}

/**
 * The uid that root's sandboxes belong to may not be able to reach a clone under `/root`. So root binds
 * what is needed into a folder that is seen by this command alone, then steps down.
 */
function stagedAsRoot(binds: Bind[]): string[] {
  const stage = '/run/reuseport-playground'
  mkdirSync(stage, { recursive: true, mode: 0o755 })
  const staged = binds.map((bind, index) => ({ ...bind, from: `${stage}/${index}` }))
  const mounts = binds.map(
    ({ mode }, index) =>
      `from=$1; shift; if [ -d "$from" ]; then mkdir ${index}; else ${mode === '--ro-bind-try' ? '[ ! -e "$from" ] || ' : ''}: > ${index}; fi
       [ ! -e ${index} ] || mount --bind "$from" ${index}`,
  )
  const script = [
    'set -e',
    `mount -t tmpfs -o mode=755 tmpfs ${stage}`,
    `cd ${stage}`,
    ...mounts,
    'exec "$@"',
  ].join('\n')
  return [
    ...['unshare', '--mount', '--propagation', 'private', '--', '/bin/sh', '-c', script, 'stage'],
    ...binds.map(({ from }) => from),
    ...AS_NOBODY,
    ...bwrap(staged),
  ]
}

/** Host pid of the sandbox's process 1, once the inside says that it is ready. */
async function firstProcess(child: ChildProcess): Promise<number> {
  const read = (stream: number) => child.stdio[stream] as NodeJS.ReadableStream
  let info = ''
  let complaint = ''
  let timer: NodeJS.Timeout | undefined
  read(2).on('data', chunk => {
    complaint = (complaint + chunk).slice(0, 4096)
  })
  child.stdin?.on('error', () => {
    // It has ended first; `exit` says so.
  })
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error(`it did not start within ${START_TIMEOUT_MS / 1000} s`)),
        START_TIMEOUT_MS,
      )
      let out = ''
      // The two come by ways of their own, in either order.
      const whole = () => out.includes('ready\n') && info.trimEnd().endsWith('}')
      read(1).on('data', chunk => {
        out += chunk
        if (whole()) resolve()
      })
      read(3).on('data', chunk => {
        info += chunk
        if (whole()) resolve()
      })
      child.once('error', reject)
      child.once('close', status =>
        reject(new Error(complaint.trim().split('\n')[0] || `it ended with ${status}`)),
      )
    })
    return JSON.parse(info)['child-pid']
  } catch (error) {
    child.kill('SIGKILL')
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT')
      throw new Error('bubblewrap is not installed; install it with: sudo apt-get install bubblewrap')
    throw new Error(
      `bubblewrap does not start here (${message}); does the system allow user namespaces to ordinary users?`,
    )
  } finally {
    clearTimeout(timer)
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

/** No namespaces: plain shells. What they leave behind is found by a word in its environment. */
function createPlain(workspace: string): Sandbox {
  const mark = `PLAYGROUND_SANDBOX=${process.pid}.${Date.now()}.${Math.random().toString(36).slice(2)}`
  const [name, value] = mark.split('=') as [string, string]
  let end = () => {}
  const ended = new Promise<void>(resolve => {
    end = resolve
  })
  return {
    kind: 'none',
    command: argv => argv,
    env: {
      ...environment(path.dirname(workspace), `${path.dirname(process.execPath)}:${SYSTEM_PATH}`),
      [name]: value,
    },
    cwd: workspace,
    proc: '/proc',
    ended,
    async close() {
      await endMarked(mark)
      end()
    },
  }
}

function environment(home: string, searchPath: string): Record<string, string> {
  return {
    HOME: home,
    PATH: searchPath,
    USER: 'learner',
    LOGNAME: 'learner',
    SHELL: '/bin/bash',
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
    LANG: 'C.UTF-8',
    TZ: 'UTC',
  }
}
