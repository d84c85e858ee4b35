/**
 * What a workbench's programs live in: own network (port 8080 is always free), own processes (nothing is left
 * behind) and, with bubblewrap, own files (no home, no sockets of the host).
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { createBounds, DEFAULT_LIMITS } from './bounds.ts'
import type { Limits } from './cgroup-place.ts'
import { createNamespaces } from './namespaces.ts'
import { endMarked } from './processes.ts'
import { MIGRATE_REQ, openSetting, type Setting } from './setting.ts'

/** From best to least: own files too; own network and processes; plain shells. */
export type SandboxKind = 'bwrap' | 'unshare' | 'none'

export interface Sandbox {
  kind: SandboxKind
  /** The command line that runs `argv` inside. */
  command(argv: string[]): string[]
  /** Environment of a program inside, whole. */
  env: Record<string, string>
  /** The workspace as a program inside sees it. */
  cwd: string
  /** What bash reads first, as it is seen inside. */
  rcFile: string
  /** Runs `argv`, a program of the host, in its network alone: out of reach of what runs inside. */
  beside(argv: string[]): string[]
  /** Its processes as the host sees them: a folder like `/proc`, and no program inside can mount over it. */
  proc: string
  /** Folder in `proc` of a process that lives as those of the learner do. */
  self: string
  /** Pids that keep the sandbox, and are none of the learner's. */
  keepers: readonly number[]
  /** Its network's `tcp_migrate_req` now; undefined where the kernel has none, or it has ended. */
  migrateReq: Setting['read']
  /** What all its programs together may take; undefined: as much as there is, see `unbounded`. */
  bounds: Limits | undefined
  /** Why there are no bounds, one sentence. */
  unbounded: string | undefined
  /** Resolves when it has ended, whoever ended it. */
  ended: Promise<void>
  /** Ends every process in it. With `none`, as far as they can be found. */
  close(): Promise<void>
}

export interface SandboxOptions {
  /** Host folder, writable inside; its name is the one seen there. */
  workspace: string
  /** Default: the best that starts here. */
  kind?: SandboxKind
  /** Bytes that its programs and its files in memory may take together. @default 1 GiB */
  memory?: number
  /** Processes at a time, with each of their threads. @default 1024 */
  processes?: number
}

export interface SandboxChoice {
  /** `unavailable`: no Linux kernel. */
  kind: SandboxKind | 'unavailable'
  /** Why it is not bwrap: one line with the cost and the mend. */
  reason?: string
  cost?: string
  mend?: string
}

/** Whole, because the caller's may lead into homes, which are not seen inside. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
export const RC_FILE = path.join(import.meta.dirname, 'shell.bash')

const run = promisify(execFile)
let choice: Promise<SandboxChoice> | undefined

/**
 * What this machine can do, found by starting one; asked once per process. `PLAYGROUND_SANDBOX` in the environment
 * asks for one kind, to see what the others miss.
 */
export function sandboxKind(): Promise<SandboxChoice> {
  choice ??= probe()
  return choice
}

/** @throws Error with one line that says why it does not start */
export async function createSandbox({
  workspace,
  kind,
  memory = DEFAULT_LIMITS.memory,
  processes = DEFAULT_LIMITS.processes,
}: SandboxOptions): Promise<Sandbox> {
  const limits = { memory, processes }
  const chosen = kind ?? (await sandboxKind()).kind
  if (chosen === 'unavailable') throw new Error('there is no Linux kernel here')
  return chosen === 'none' ? createPlain(workspace, limits) : createNamespaces(chosen, workspace, limits)
}

async function probe(): Promise<SandboxChoice> {
  if (process.platform !== 'linux')
    return { kind: 'unavailable', reason: `The lessons need a Linux kernel; this is ${process.platform}.` }
  const wanted = process.env.PLAYGROUND_SANDBOX
  const complaints: string[] = []
  for (const kind of ['bwrap', 'unshare'] as const) {
    if (wanted && wanted !== kind) {
      complaints.push(`PLAYGROUND_SANDBOX asks for ${wanted}`)
      continue
    }
    const base = await mkdtemp(path.join(os.tmpdir(), 'playground-probe-'))
    try {
      const sandbox = await createSandbox({ workspace: base, kind })
      try {
        const [file, ...args] = sandbox.command(['true'])
        await run(file!, args, { env: sandbox.env })
      } finally {
        await sandbox.close()
      }
      if (kind === 'bwrap') return { kind }
      const cost =
        'The terminals have a network and processes of their own, but see and can change your own files.'
      return explained({ kind, cost, mend: await mendFor(complaints[0]!) })
    } catch (error) {
      complaints.push((error as Error).message)
    } finally {
      await rm(base, { recursive: true, force: true })
    }
  }
  const cost =
    'The terminals are plain shells on your machine: ports may be taken, lessons run one after another.'
  return explained({ kind: 'none', cost, mend: await mendFor(complaints[0]!) })
}

function explained(found: SandboxChoice & { mend: string }): SandboxChoice {
  return { ...found, reason: `${found.cost} Mend it with: ${found.mend}` }
}

/** The one command that lets bubblewrap start, from what forbids it. */
async function mendFor(complaint: string): Promise<string> {
  if (complaint.startsWith('PLAYGROUND_SANDBOX')) return 'unset PLAYGROUND_SANDBOX'
  if (complaint.includes('is not installed')) return 'sudo apt-get install bubblewrap'
  const setting = (name: string) => readFile(`/proc/sys/${name}`, 'utf8').then(Number, () => undefined)
  if ((await setting('user/max_user_namespaces')) === 0) return 'sudo sysctl user.max_user_namespaces=10000'
  if ((await setting('kernel/unprivileged_userns_clone')) === 0)
    return 'sudo sysctl kernel.unprivileged_userns_clone=1'
  if ((await setting('kernel/apparmor_restrict_unprivileged_userns')) === 1) {
    // For bubblewrap alone: the sysctl would allow it to everything.
    const profile = String.raw`abi <abi/4.0>,\ninclude <tunables/global>\nprofile bwrap /usr/bin/bwrap flags=(unconfined) {\n  userns,\n}\n`
    return `printf '${profile}' | sudo tee /etc/apparmor.d/bwrap && sudo apparmor_parser -r /etc/apparmor.d/bwrap`
  }
  return `allow user namespaces to ordinary users (${complaint})`
}

export function environment(home: string, nodeFolder: string): Record<string, string> {
  return {
    HOME: home,
    PATH: `${nodeFolder}:${SYSTEM_PATH}`,
    USER: 'learner',
    LOGNAME: 'learner',
    SHELL: '/bin/bash',
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    // The learner's folder holds scripts, not what Python makes of them.
    PYTHONDONTWRITEBYTECODE: '1',
  }
}

/** No namespaces: plain shells. What they leave behind is found by a word in its environment. */
async function createPlain(workspace: string, limits: Limits): Promise<Sandbox> {
  const bounds = await createBounds(limits)
  const setting = openSetting(MIGRATE_REQ)
  const word = `${process.pid}.${Date.now()}.${Math.random().toString(36).slice(2)}`
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  return {
    kind: 'none',
    bounds: bounds.limits,
    unbounded: bounds.unbounded,
    command: bounds.command,
    beside: argv => argv,
    env: {
      ...environment(path.dirname(workspace), path.dirname(process.execPath)),
      PLAYGROUND_SANDBOX: word,
    },
    cwd: workspace,
    rcFile: RC_FILE,
    proc: '/proc',
    self: '/proc/self',
    keepers: [],
    migrateReq: setting.read,
    ended,
    async close() {
      // The group first: it also ends what forks faster than it can be found.
      await bounds.close()
      await endMarked(`PLAYGROUND_SANDBOX=${word}`)
      setting.close()
      end()
    },
  }
}
