/**
 * Which process has which socket open. `/proc` says it one descriptor at a time, and a worker may hold a thousand: so
 * what is known is kept, and looked at again where something says that it has changed.
 */
import { readdirSync, readlinkSync, statSync } from 'node:fs'
import { isOutOfReach } from './proc-file.ts'

/** A descriptor of a process. */
export interface Place {
  pid: number
  fd: number
}

export interface SocketOwners {
  /** Whether some process has opened or closed descriptors since the last `find`. A few microseconds a process. */
  haveMoved(processes: readonly Holder[]): boolean
  /**
   * @param inodes of the sockets to find
   * @param now milliseconds
   * @returns the places of each inode, by pid and descriptor; an inode that nobody readable holds is missing
   */
  find(processes: readonly Holder[], inodes: ReadonlySet<number>, now: number): Map<number, Place[]>
}

interface Holder {
  pid: number
  start: number
}

/** What is known of a process. */
interface Known {
  start: number
  /** Open descriptors. */
  count: number
  /** Inode of the socket that each descriptor is, 0 for anything else. */
  sockets: Map<number, number>
  /** Milliseconds. */
  readAt: number
}

/** Reading all descriptors of a process again costs nothing worth saving up to this many. */
const FEW = 64
/** One descriptor closed and another opened between two readings leave no trace: look again after this long. */
const LOOK_AGAIN_MS = 1000
const LOOK_AGAIN_MANY_MS = 5000

/** @param proc a folder like `/proc` */
export function createSocketOwners(proc: string): SocketOwners {
  const known = new Map<number, Known>()
  /** Sockets that nobody readable has been found to hold: not a reason to search again. */
  let ownerless = new Set<number>()

  return {
    haveMoved(processes) {
      return processes.some(({ pid, start }) => {
        const before = known.get(pid)
        return before?.start !== start || before.count !== countDescriptors(pid)
      })
    },
    find(processes, inodes, now) {
      forgetAllBut(processes)
      const fresh = new Set<number>()
      for (const holder of processes)
        if (isDue(holder, now)) {
          look(holder, inodes, now)
          fresh.add(holder.pid)
        }
      let places = collect(inodes)
      const missing = [...inodes].some(inode => !places.has(inode) && !ownerless.has(inode))
      if (missing) {
        for (const holder of processes) if (!fresh.has(holder.pid)) look(holder, inodes, now)
        places = collect(inodes)
      }
      ownerless = new Set([...inodes].filter(inode => !places.has(inode)))
      return places
    },
  }

  function forgetAllBut(processes: readonly Holder[]): void {
    const starts = new Map(processes.map(({ pid, start }) => [pid, start]))
    for (const [pid, { start }] of known) if (starts.get(pid) !== start) known.delete(pid)
  }

  function isDue({ pid }: Holder, now: number): boolean {
    const before = known.get(pid)
    if (before?.count !== countDescriptors(pid)) return true
    return now - before.readAt >= (before.count > FEW ? LOOK_AGAIN_MANY_MS : LOOK_AGAIN_MS)
  }

  /** Of many descriptors, those known to be a socket that is still there are believed until all are looked at again. */
  function look({ pid, start }: Holder, inodes: ReadonlySet<number>, now: number): void {
    const before = known.get(pid)
    // Counted first: a descriptor that opens meanwhile makes the process due the next time.
    const count = countDescriptors(pid)
    const names = listDescriptors(pid)
    const all = !before || names.length <= FEW || now - before.readAt >= LOOK_AGAIN_MANY_MS
    const sockets = new Map<number, number>()
    for (const name of names) {
      const fd = Number(name)
      const inode = all ? undefined : before.sockets.get(fd)
      sockets.set(fd, inode && inodes.has(inode) ? inode : readSocket(pid, name))
    }
    known.set(pid, { start, count, sockets, readAt: all ? now : before.readAt })
  }

  function collect(inodes: ReadonlySet<number>): Map<number, Place[]> {
    const places = new Map<number, Place[]>()
    for (const [pid, { sockets }] of [...known].sort(([a], [b]) => a - b))
      for (const [fd, inode] of sockets) {
        if (!inodes.has(inode)) continue
        const before = places.get(inode)
        if (before) before.push({ pid, fd })
        else places.set(inode, [{ pid, fd }])
      }
    return places
  }

  function countDescriptors(pid: number): number {
    try {
      // A folder's size is this since Linux 6.2, and was 0 before.
      return statSync(`${proc}/${pid}/fd`).size || listDescriptors(pid).length
    } catch (error) {
      if (isOutOfReach(error)) return 0
      throw error
    }
  }

  function listDescriptors(pid: number): string[] {
    try {
      return readdirSync(`${proc}/${pid}/fd`)
    } catch (error) {
      if (isOutOfReach(error)) return []
      throw error
    }
  }

  function readSocket(pid: number, fd: string): number {
    try {
      return Number(/^socket:\[(\d+)\]$/.exec(readlinkSync(`${proc}/${pid}/fd/${fd}`))?.[1] ?? 0)
    } catch (error) {
      if (isOutOfReach(error)) return 0
      throw error
    }
  }
}
