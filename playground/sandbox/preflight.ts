/** What this machine can do, and for each thing that is missing what it costs and the one command that mends it. */
import { execFile } from 'node:child_process'
import { access, constants, readFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { Health, PreflightItem } from '../protocol.ts'
import { DEFAULT_LIMITS } from './bounds.ts'
import { cgroupPlace } from './cgroup.ts'
import { installCommand } from './debian-packages.ts'
import { SYSTEM_PATH } from './environment.ts'
import { sandboxKind } from './sandbox.ts'

/** Programs that lessons call, and what is lost without them. */
const TOOLS = [
  { program: 'ss', cost: 'The steps that list sockets cannot run.' },
  { program: 'strace', cost: 'The steps that show system calls are skipped.' },
  { program: 'vi', cost: 'There is no editor in the terminals.' },
  {
    program: 'perl',
    cost: 'What your login session has open, its keys above all, is open to the programs of a lesson, too.',
  },
  { program: 'htop', cost: 'The steps that watch processes are skipped.' },
]
export const LESSON_PROGRAMS = TOOLS.map(({ program }) => program)
/** The first kernel that lets several listeners share a port. */
const OLDEST_KERNEL = [3, 9] as const
const VERSION_TIMEOUT_MS = 5000

/** @param root the folder of `package.json` */
export async function readHealth(root: string): Promise<Health> {
  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
    version: string
  }
  const [{ kind, reason }, preflight] = await Promise.all([sandboxKind(), readPreflight()])
  return { version, kernel: os.release(), platform: process.platform, sandbox: kind, reason, preflight }
}

/** In the order in which the lessons need them. */
export async function readPreflight(): Promise<PreflightItem[]> {
  const tools = process.platform === 'linux' ? TOOLS.map(findTool) : []
  return Promise.all([readKernel(), readNode(), readSandbox(), readLimits(), findPython(), ...tools])
}

/** What `which` finds on the folders that a sandbox has on its PATH. */
export async function findProgram(program: string, searchPath = SYSTEM_PATH): Promise<string | undefined> {
  for (const folder of searchPath.split(':')) {
    const file = path.join(folder, program)
    if (await isExecutable(file)) return file
  }
  return undefined
}

function readKernel(): PreflightItem {
  const thing = 'Linux kernel'
  if (process.platform !== 'linux') {
    const mend =
      process.platform === 'win32'
        ? 'wsl --install'
        : 'Run it in a virtual machine: Lima, OrbStack or Multipass.'
    return { thing, ok: false, cost: 'The pages can be read; the terminals need Linux.', mend }
  }
  const [major = 0, minor = 0] = os.release().split('.').map(Number)
  const ok = major > OLDEST_KERNEL[0] || (major === OLDEST_KERNEL[0] && minor >= OLDEST_KERNEL[1])
  const lack = { cost: `SO_REUSEPORT came with ${OLDEST_KERNEL.join('.')}.`, mend: 'Use a newer kernel.' }
  return { thing, ok, found: os.release(), ...(ok ? {} : lack) }
}

function readNode(): PreflightItem {
  return { thing: 'Node', ok: true, found: process.versions.node }
}

async function readSandbox(): Promise<PreflightItem> {
  const thing = 'sandbox'
  const { kind, cost, mend } = await sandboxKind()
  if (kind === 'unavailable')
    return { thing, ok: false, cost: 'There is no Linux kernel here.', mend: 'See the first line.' }
  return { thing, ok: kind === 'bwrap', found: kind, cost, mend }
}

async function readLimits(): Promise<PreflightItem> {
  const thing = 'limits'
  if (process.platform !== 'linux')
    return { thing, ok: false, cost: 'There is no Linux kernel here.', mend: 'See the first line.' }
  const place = await cgroupPlace()
  if ('unbounded' in place) {
    const cost = `A program in a terminal can take all memory and start processes without end. ${place.unbounded}`
    return { thing, ok: false, found: 'unbounded', cost, mend: place.mend }
  }
  const { memory, processes } = DEFAULT_LIMITS
  return { thing, ok: true, found: `${memory / 1024 ** 2} MiB, ${processes} processes a sandbox` }
}

async function findPython(): Promise<PreflightItem> {
  const thing = 'Python'
  const cost = 'The lessons can be followed in TypeScript only.'
  const mend = installCommand(['python3'])
  const file = await findProgram('python3')
  if (!file) return { thing, ok: false, cost, mend }
  const found = await firstLine(file, '--version')
  const [, minor] = /^Python 3\.(\d+)/.exec(found ?? '') ?? []
  if (Number(minor) >= 9) return { thing, ok: true, found: found!.replace('Python ', '') }
  return { thing, ok: false, found, cost: `${cost} They need Python 3.9 or newer.`, mend }
}

async function findTool({ program, cost }: (typeof TOOLS)[number]): Promise<PreflightItem> {
  const found = await findProgram(program)
  return found
    ? { thing: program, ok: true, found }
    : { thing: program, ok: false, cost, mend: installCommand([program]) }
}

function firstLine(file: string, ...args: string[]): Promise<string | undefined> {
  return new Promise(resolve =>
    execFile(file, args, { timeout: VERSION_TIMEOUT_MS }, (error, out) =>
      resolve(error ? undefined : out.split('\n')[0]),
    ),
  )
}

function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
}
