/** A cgroup per sandbox: what it may take of the machine's memory and processes, and its share of a busy processor. */
import { execFile } from 'node:child_process'
import { constants, readlinkSync } from 'node:fs'
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import {
  BRAND,
  findPlace,
  LEAF,
  type Limits,
  mendFor,
  type Place,
  settingsOf,
  type Unbounded,
} from './cgroup-place.ts'
import { readProcess } from './processes.ts'

export interface Cgroup {
  /** A process of one thread that writes `0` into each of these files has joined, with all that it will start. */
  doors: string[]
  /** Ends what is still in the group and removes it. Never rejects: what stays goes at the next start. */
  close(): Promise<void>
}

/** A killed process leaves its group when the kernel has given back its memory. */
const REMOVE_LIMIT_MS = 10_000
const REMOVE_CHECK_MS = 5

const NAME = new RegExp(`^${BRAND}\\.(\\d+)-(\\d+)-(\\d+)\\.`)
const DOORS = {
  // Where a thread may come alone the kernel need not stop all others from forking, which takes it 10 ms.
  1: 'tasks',
  // One below the limits: where the group belongs to its user, as under systemd, root of a sandbox may mount the
  // group that they are in, and raise what is written there.
  2: 'inside/cgroup.procs',
}

const run = promisify(execFile)
let place: Promise<Place | Unbounded> | undefined
let count = 0

/** Whether groups can be had, found by making one; asked once per process. */
export function cgroupPlace(): Promise<Place | Unbounded> {
  place ??= openPlace()
  return place
}

/** A group of its own for one sandbox, empty yet. */
export async function createCgroup(limits: Limits): Promise<Cgroup | Unbounded> {
  const found = await cgroupPlace()
  return 'unbounded' in found ? found : createIn(found, limits)
}

async function openPlace(): Promise<Place | Unbounded> {
  const found = await findPlace()
  if ('unbounded' in found) return found
  try {
    if (found.version === 2) await divide(found)
    await Promise.all(found.bases.map(({ folder }) => removeAbandoned(folder)))
  } catch (error) {
    return refused(error, found)
  }
  const trial = await createIn(found, { memory: 64 * 1024 * 1024, processes: 16 })
  if ('unbounded' in trial) return trial
  try {
    // Joining asks for rights on the way there as well, which only trying shows.
    await run('/bin/sh', ['-c', 'for door; do echo 0 > "$door" || exit; done', 'try', ...trial.doors])
    return found
  } catch (error) {
    return refused(error, found)
  } finally {
    await trial.close()
  }
}

/** Version 2: leaves the base for a leaf of its own, where need be, and hands the controllers down to the groups. */
async function divide({ bases: [base], occupied }: Place): Promise<void> {
  const { folder, controllers } = base!
  if (occupied) {
    const leaf = path.join(folder, await nameOf(LEAF))
    await mkdir(leaf, { recursive: true })
    // Again until none is found: npm or the shell may have forked meanwhile.
    for (let pids = await members(folder); pids.length > 0; pids = await members(folder))
      for (const pid of pids) await tell(`${leaf}/cgroup.procs`, `${pid}`).catch(unless('ESRCH'))
  }
  await tell(`${folder}/cgroup.subtree_control`, controllers.map(each => `+${each}`).join(' '))
}

async function createIn(place: Place, limits: Limits): Promise<Cgroup | Unbounded> {
  const { version, bases } = place
  const name = await nameOf(`${count++}`)
  const folders = bases.map(({ folder }) => path.join(folder, name))
  const cgroup: Cgroup = {
    doors: folders.map(folder => path.join(folder, DOORS[version])),
    async close() {
      // Nobody forks any more: a fork bomb is otherwise faster than whoever ends its processes one by one.
      for (const folder of folders) await tell(`${folder}/pids.max`, '0').catch(() => undefined)
      await Promise.all(folders.map(removeWithAll))
    },
  }
  try {
    for (const base of bases) {
      const folder = path.join(base.folder, name)
      await mkdir(folder)
      for (const { file, value, optional } of settingsOf(version, base, limits))
        await tell(`${folder}/${file}`, value).catch(optional ? unless('ENOENT') : refuse)
      await mkdir(path.dirname(path.join(folder, DOORS[version])), { recursive: true })
    }
    return cgroup
  } catch (error) {
    await cgroup.close()
    return refused(error, place)
  }
}

async function removeWithAll(folder: string): Promise<void> {
  const deadline = performance.now() + REMOVE_LIMIT_MS
  while (performance.now() < deadline) {
    try {
      return await remove(folder)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY') return
    }
    for (const pid of await membersOfAll(folder)) end(pid)
    await delay(REMOVE_CHECK_MS)
  }
}

/** Groups whose server is gone, which a `kill -9` leaves; one with a process in it the kernel does not remove. */
async function removeAbandoned(base: string): Promise<void> {
  const here = pidNamespace()
  for (const name of await folders(base)) {
    const [, namespace, pid, start] = NAME.exec(name) ?? []
    if (namespace !== here) continue
    if ((await readProcess(`/proc/${pid}`))?.start === Number(start)) continue
    await remove(path.join(base, name)).catch(unless('EBUSY', 'EACCES', 'EPERM'))
  }
}

/** With the groups in it, which learners may have made. @throws EBUSY when there is a process in one */
async function remove(folder: string): Promise<void> {
  for (const inner of await folders(folder)) await remove(path.join(folder, inner))
  await rmdir(folder).catch(unless('ENOENT'))
}

async function membersOfAll(folder: string): Promise<number[]> {
  const inner = (await folders(folder)).map(name => membersOfAll(path.join(folder, name)))
  return [...(await members(folder)), ...(await Promise.all(inner)).flat()]
}

/** The pid alone would not do: they come round again, and each container has a pid 1. */
async function nameOf(part: string): Promise<string> {
  const { pid, start } = (await readProcess('/proc/self'))!
  return `${BRAND}.${pidNamespace()}-${pid}-${start}.${part}`
}

function pidNamespace(): string {
  return readlinkSync('/proc/self/ns/pid').replace(/\D/g, '')
}

async function members(folder: string): Promise<number[]> {
  const text = await readFile(`${folder}/cgroup.procs`, 'latin1').catch(() => '')
  return text.split('\n').filter(Boolean).map(Number)
}

async function folders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries.filter(entry => entry.isDirectory()).map(({ name }) => name)
}

/** Never makes the file: the kernel has, or there is none. */
async function tell(file: string, value: string): Promise<void> {
  await writeFile(file, value, { flag: constants.O_WRONLY as unknown as string })
}

function end(pid: number): void {
  // 0 stands for a process that is out of sight from here; to `kill` it means one's own.
  if (pid === 0) return
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Gone by itself.
  }
}

function unless(...codes: string[]): (error: NodeJS.ErrnoException) => void {
  return error => {
    if (!codes.includes(error.code!)) throw error
  }
}

function refuse(error: unknown): never {
  throw error
}

function refused(error: unknown, { version }: Place): Unbounded {
  const [line] = (error as Error).message.trim().split('\n').slice(-1)
  return { unbounded: `The kernel refuses a cgroup: ${line}.`, mend: mendFor(version) }
}
