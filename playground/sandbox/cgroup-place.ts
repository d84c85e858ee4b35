/** Where this process may make cgroups: version 1 has a hierarchy for each controller, version 2 one for all. */
import { access, constants, readFile } from 'node:fs/promises'
import path from 'node:path'
import { readProcess } from './processes.ts'

/** The first two are needed; cpu is taken where it can be had. */
export type Controller = 'memory' | 'pids' | 'cpu'

/** A folder in which groups can be made, and what a group there bounds. */
export interface Base {
  folder: string
  controllers: Controller[]
}

export interface Place {
  version: 1 | 2
  bases: Base[]
  /**
   * Version 2: a group whose children are bounded may hold no process itself, so those of this job first leave
   * `bases[0]` for a group in it. Undefined where none is in it, or where it is the root, which is exempt.
   */
  occupied?: boolean
}

/** No group can be had: why, and the one step that mends it. One sentence each. */
export interface Unbounded {
  unbounded: string
  mend: string
}

/** A line of a group's limits; an optional one is for a kernel that may be built without it. */
export interface Setting {
  file: string
  value: string
  optional?: boolean
}

/** Bytes, and processes with threads counted each. */
export interface Limits {
  memory: number
  processes: number
}

/** Groups of this project, whoever's: `BRAND.PIDNAMESPACE-PID-STARTTIME.NAME`. */
export const BRAND = 'reuseport-playground'
/** The last part of the name of the group that a server moves into. */
export const LEAF = 'server'
/** As much as the server has, and as any other session: all of a sandbox together counts as one program. */
const CPU_SHARES = 1024
const CPU_WEIGHT = 100

/** @param self a folder like `/proc/self`, of which `mountinfo` and `cgroup` are read; nothing is changed */
export async function findPlace(self = '/proc/self'): Promise<Place | Unbounded> {
  const mounts = parseMounts(await readFile(`${self}/mountinfo`, 'utf8'))
  const own = parseMembership(await readFile(`${self}/cgroup`, 'utf8'))
  const unified = ownFolder(mounts, own, 'cgroup2')
  const folder = unified && (isLeaf(unified) ? path.dirname(unified) : unified)
  const offered = folder ? await words(`${folder}/cgroup.controllers`) : []
  if (folder && offered.includes('memory') && offered.includes('pids')) return inUnified(folder, offered)
  const memory = ownFolder(mounts, own, 'memory')
  const pids = ownFolder(mounts, own, 'pids')
  if (memory && pids) return inVersion1({ memory, pids, cpu: ownFolder(mounts, own, 'cpu') })
  const unbounded = 'The cgroup of this process has no memory and pids controllers.'
  return { unbounded, mend: unified ? mendFor(2) : 'Run it where cgroups are mounted.' }
}

/** What a new group in `base` is told, in the order in which the kernel takes it. */
export function settingsOf(version: 1 | 2, base: Base, { memory, processes }: Limits): Setting[] {
  const settings: Record<Controller, Setting[]> =
    version === 1
      ? {
          memory: [
            { file: 'memory.limit_in_bytes', value: `${memory}` },
            // Memory and swap together; it may not be below the other.
            { file: 'memory.memsw.limit_in_bytes', value: `${memory}`, optional: true },
          ],
          pids: [{ file: 'pids.max', value: `${processes}` }],
          cpu: [{ file: 'cpu.shares', value: `${CPU_SHARES}` }],
        }
      : {
          memory: [
            { file: 'memory.max', value: `${memory}` },
            { file: 'memory.swap.max', value: '0', optional: true },
          ],
          pids: [{ file: 'pids.max', value: `${processes}` }],
          cpu: [{ file: 'cpu.weight', value: `${CPU_WEIGHT}` }],
        }
  return base.controllers.flatMap(controller => settings[controller])
}

/** The one step after which groups can be had. @param lack code of an error */
export function mendFor(version: 1 | 2, lack?: string): string {
  if (lack === 'EROFS') return 'Run it outside of the container, where cgroups are writable.'
  if (version === 1) return 'Boot with systemd.unified_cgroup_hierarchy=1 on the kernel command line.'
  // A cgroup of its own, handed over to this user: what a service manager shares is not to be divided by others.
  const user = process.getuid?.() === 0 ? '' : '--user '
  return `systemd-run ${user}--scope --property=Delegate=yes npm run docs`
}

async function inUnified(folder: string, offered: string[]): Promise<Place | Unbounded> {
  const lack = await unwritable([folder, `${folder}/cgroup.subtree_control`, `${folder}/cgroup.procs`])
  if (lack)
    return { unbounded: `This user may not make groups in its cgroup: ${lack}.`, mend: mendFor(2, lack) }
  // The hierarchy's root has no type.
  const root = !(await exists(`${folder}/cgroup.type`))
  const members = await words(`${folder}/cgroup.procs`)
  if (!root && members.length > 0 && !(await areOfThisJob(members.map(Number)))) {
    const unbounded = 'Its cgroup holds other programs too, and then cannot be divided.'
    return { unbounded, mend: mendFor(2) }
  }
  const controllers = (['memory', 'pids', 'cpu'] as const).filter(each => offered.includes(each))
  return { version: 2, bases: [{ folder, controllers }], occupied: !root && members.length > 0 }
}

async function inVersion1(folders: {
  memory: string
  pids: string
  cpu?: string
}): Promise<Place | Unbounded> {
  const lack = await unwritable([folders.memory, folders.pids])
  if (lack) {
    const unbounded = `This user may not make groups in its cgroup (version 1): ${lack}.`
    return { unbounded, mend: mendFor(1, lack) }
  }
  const bases = new Map<string, Controller[]>()
  for (const controller of ['memory', 'pids', 'cpu'] as const) {
    const folder = folders[controller]
    if (!folder || (controller === 'cpu' && (await unwritable([folder])))) continue
    bases.set(folder, [...(bases.get(folder) ?? []), controller])
  }
  return { version: 1, bases: [...bases].map(([folder, controllers]) => ({ folder, controllers })) }
}

/** npm, the shell between and the server are one job of the shell they were typed into, and that shell is not of it. */
async function areOfThisJob(pids: number[]): Promise<boolean> {
  const [self, ...members] = await Promise.all([process.pid, ...pids].map(pid => readProcess(`/proc/${pid}`)))
  // One that is gone meanwhile is nobody's; 0 stands for one of another pid namespace.
  return !pids.includes(0) && members.every(member => !member || member.group === self!.group)
}

interface Mount {
  /** Group of the hierarchy that is seen at `point`. */
  root: string
  point: string
  /** `cgroup2`, or a controller of version 1. */
  names: string[]
}

/** Lines as in proc(5): `36 35 0:30 ROOT POINT OPTIONS … - TYPE SOURCE OPTIONS`. */
function parseMounts(mountinfo: string): Mount[] {
  return mountinfo.split('\n').flatMap(line => {
    const [before = '', after = ''] = line.split(' - ')
    const [, , , root, point] = before.split(' ').map(unescaped)
    const [type, , options = ''] = after.split(' ')
    if (!root || !point || (type !== 'cgroup' && type !== 'cgroup2')) return []
    return [{ root, point, names: type === 'cgroup2' ? ['cgroup2'] : options.split(',') }]
  })
}

/** Lines as in cgroups(7): `4:memory:/path`, and `0::/path` for version 2. */
function parseMembership(cgroup: string): Map<string, string> {
  const lines = cgroup.split('\n').map(line => /^\d+:([^:]*):(.*)$/.exec(line))
  return new Map(
    lines.flatMap(line =>
      line ? (line[1] || 'cgroup2').split(',').map((name): [string, string] => [name, line[2]!]) : [],
    ),
  )
}

/** Folder of the own group; undefined where it is not in view, as in a container that shows a part. */
function ownFolder(mounts: Mount[], own: Map<string, string>, name: string): string | undefined {
  const group = own.get(name)
  if (group === undefined || group.split('/').includes('..')) return undefined
  const mount = mounts.find(({ names, root }) => names.includes(name) && isBelow(group, root))
  return mount && path.join(mount.point, path.posix.relative(mount.root, group))
}

function isBelow(group: string, root: string): boolean {
  return root === '/' || group === root || group.startsWith(`${root}/`)
}

function isLeaf(folder: string): boolean {
  const name = path.basename(folder)
  return name.startsWith(`${BRAND}.`) && name.endsWith(`.${LEAF}`)
}

/** The code of the first refusal, e.g. `EACCES`, or `EROFS` in most containers. */
async function unwritable(files: string[]): Promise<string | undefined> {
  for (const file of files) {
    const error = await access(file, constants.W_OK).then(
      () => undefined,
      (reason: NodeJS.ErrnoException) => reason,
    )
    if (error) return error.code
  }
  return undefined
}

async function words(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text.split(/\s+/).filter(word => word !== '')
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}

/** mountinfo writes a space as `\040`. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)))
}
