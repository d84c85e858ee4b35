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

/**
 * Descriptors that are known at a time, of all processes together: a program may have millions, and each takes a
 * microsecond to read. What is beyond, by pid, is taken to be no socket. The hungriest of the lessons has 4000.
 */
const MOST = 16_384
/** Places of one socket: each process that was forked has all that its parent had. */
const MOST_PLACES = 256
/** Reading all descriptors of a process again costs nothing worth saving up to this many. */
const FEW = 64
/** Numbers without a descriptor after which the search for new ones is given up. */
const MISSES = 16
/** One descriptor closed and another opened between two readings leave no trace: look again after this long. */
const LOOK_AGAIN_MS = 1000
const LOOK_AGAIN_MANY_MS = 10_000

/** @param proc a folder like `/proc` */
export function createSocketOwners(proc: string): SocketOwners {
  const { countDescriptors, listDescriptors, readSocket } = descriptorsIn(proc)
  const known = new Map<number, Known>()
  /** Sockets that nobody readable has been found to hold: not a reason to search again. */
  let ownerless = new Set<number>()
  /** How many descriptors more may become known. */
  let left = MOST

  return {
    haveMoved(processes) {
      return processes.some(({ pid, start }) => {
        const before = known.get(pid)
        return before?.start !== start || before.count !== countDescriptors(pid)
      })
    },
    find(processes, inodes, now) {
      forgetAllBut(processes)
      left = MOST - [...known.values()].reduce((sum, { sockets }) => sum + sockets.size, 0)
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

  function look(holder: Holder, inodes: ReadonlySet<number>, now: number): void {
    const before = known.get(holder.pid)
    // Counted first: a descriptor that opens meanwhile makes the process due the next time.
    const count = countDescriptors(holder.pid)
    const isRecent = before && count > FEW && now - before.readAt < LOOK_AGAIN_MANY_MS
    if (isRecent) {
      bringUpToDate(holder.pid, before.sockets, count, inodes)
      before.count = count
    } else {
      left += before?.sockets.size ?? 0
      known.set(holder.pid, { start: holder.start, count, sockets: readAll(holder.pid), readAt: now })
    }
  }

  function readAll(pid: number): Map<number, number> {
    if (left === 0) return new Map()
    const fds = listDescriptors(pid).slice(0, left).map(Number)
    left -= fds.length
    return new Map(fds.map(fd => [fd, readSocket(pid, fd) ?? 0]))
  }

  /**
   * Without a list of all: a socket that is still there is believed to be where it was, the rest is read again; and
   * what is new took the lowest number that was free, as the kernel gives them out.
   */
  function bringUpToDate(
    pid: number,
    sockets: Map<number, number>,
    count: number,
    inodes: ReadonlySet<number>,
  ): void {
    left += sockets.size
    for (const [fd, inode] of sockets) if (!inodes.has(inode)) keep(fd)
    // Who waits in accept(2) has a number more, set aside for what comes: it is counted, and cannot be found.
    const most = Math.min(count, left)
    for (let fd = 0, misses = 0; sockets.size < most && misses < MISSES; fd++)
      if (!sockets.has(fd) && !keep(fd)) misses++
    left -= sockets.size

    function keep(fd: number): boolean {
      const inode = readSocket(pid, fd)
      if (inode === undefined) sockets.delete(fd)
      else sockets.set(fd, inode)
      return inode !== undefined
    }
  }

  function collect(inodes: ReadonlySet<number>): Map<number, Place[]> {
    const places = new Map<number, Place[]>()
    for (const [pid, { sockets }] of [...known].sort(([a], [b]) => a - b))
      for (const [fd, inode] of sockets) {
        if (!inodes.has(inode)) continue
        const before = places.get(inode)
        if (before && before.length < MOST_PLACES) before.push({ pid, fd })
        if (!before) places.set(inode, [{ pid, fd }])
      }
    return places
  }
}

/** What a folder like `/proc` says of a process's descriptors; of one that is out of reach, nothing. */
function descriptorsIn(proc: string) {
  return { countDescriptors, listDescriptors, readSocket }

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

  /** @returns its inode, 0 for anything but a socket, undefined where there is no such descriptor */
  function readSocket(pid: number, fd: number): number | undefined {
    try {
      return Number(/^socket:\[(\d+)\]$/.exec(readlinkSync(`${proc}/${pid}/fd/${fd}`))?.[1] ?? 0)
    } catch (error) {
      if (isOutOfReach(error)) return undefined
      throw error
    }
  }
}
