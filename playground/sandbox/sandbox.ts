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
import { environment, RC_FILE } from './environment.ts'
import type { Sandbox, SandboxKind } from './kind.ts'
import { AS_ROOT, createNamespaces } from './namespaces.ts'
import { endMarked } from './processes.ts'
import { MIGRATE_REQ, openSetting } from './setting.ts'

export interface SandboxOptions {
  /** Host folder, writable inside; its name is the one seen there. */
  workspace: string
  /** Host folder that is to be read inside, and not written where the kind can help it. */
  course?: string
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
  course,
  kind,
  memory = DEFAULT_LIMITS.memory,
  processes = DEFAULT_LIMITS.processes,
}: SandboxOptions): Promise<Sandbox> {
  const limits = { memory, processes }
  const chosen = kind ?? (await sandboxKind()).kind
  if (chosen === 'unavailable') throw new Error('there is no Linux kernel here')
  return chosen === 'none'
    ? { ...(await createPlain(workspace, limits)), course }
    : createNamespaces(chosen, { workspace, course }, limits)
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
      const cost = AS_ROOT
        ? "The terminals have a network and processes of their own, but see this machine's files, as a user without rights."
        : 'The terminals have a network and processes of their own, but your files are in reach: a program in them can read and change what you can, this product and its key included.'
      return explained({ kind, cost, mend: await mendFor(complaints[0]!) })
    } catch (error) {
      complaints.push((error as Error).message)
    } finally {
      await rm(base, { recursive: true, force: true })
    }
  }
  const cost =
    'The terminals are plain shells on your machine: a program in them can do all that you can. Ports may be taken, lessons run one after another.'
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
