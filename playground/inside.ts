/**
 * The two things that `/proc` does not show from outside: how long a listener's queue may be, and a setting of the
 * sandbox's network. A command inside tells; each is asked once, and again if it has no answer in time.
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readSync } from 'node:fs'
import type { Listener } from './protocol.ts'
import type { Sandbox } from './sandbox.ts'

/** A command inside that takes longer is given up. Milliseconds. */
const LIMIT_MS = 1000

export interface Backlogs {
  /** Adds to each listener its backlog as far as it can be known. Runs `ss` inside when there is a new listener. */
  fill(listeners: Listener[]): Promise<Listener[]>
}

export function createBacklogs(options: InsideOptions): Backlogs {
  const known = new Map<number, { backlog?: number; longest: number }>()

  return {
    async fill(listeners) {
      if (listeners.some(isNews)) {
        const backlogs = await readBacklogs(options)
        // Without an answer in time they stay news.
        for (const { inode, queue } of backlogs ? listeners : [])
          known.set(inode, { backlog: backlogs!.get(inode), longest: queue })
      }
      const inodes = new Set(listeners.map(({ inode }) => inode))
      for (const inode of known.keys()) if (!inodes.has(inode)) known.delete(inode)
      return listeners.map(listener => ({ ...listener, backlog: known.get(listener.inode)?.backlog }))
    },
  }

  /** A queue that is longer than it may be says that there was a second call of listen(2). */
  function isNews({ inode, queue }: Listener): boolean {
    const before = known.get(inode)
    return !before || queue > Math.max(before.longest, (before.backlog ?? Number.POSITIVE_INFINITY) + 1)
  }
}

/**
 * The backlogs of all listeners, by inode, as `ss` has them from the kernel; none where there is no `ss`.
 * @returns undefined where it has no answer in time
 */
async function readBacklogs({ command, env }: InsideOptions): Promise<Map<number, number> | undefined> {
  const [file, ...args] = command(['ss', '-H', '-ltne'])
  return new Promise(resolve =>
    execFile(file!, args, { env, timeout: LIMIT_MS, killSignal: 'SIGKILL' }, (error, out) => {
      if (!error) resolve(parseBacklogs(out))
      else resolve(error.killed ? undefined : new Map())
    }),
  )
}

/** @param listing as `ss -H -ltne` prints it: state, Recv-Q, Send-Q …, `ino:INODE` */
export function parseBacklogs(listing: string): Map<number, number> {
  const lines = listing.matchAll(/^LISTEN +\d+ +(\d+) .*\bino:(\d+)/gm)
  return new Map(Array.from(lines, ([, backlog, inode]) => [Number(inode), Number(backlog)]))
}

export interface Setting {
  /** Its value now; undefined where the kernel does not have it, or the sandbox has ended. */
  read(): string | undefined
  /** There was no answer in time: it is to be opened again. */
  late: boolean
  close(): void
}

/**
 * A setting below `/proc/sys/net`. That folder shows each reader the network it lives in itself, so the file is
 * opened by a process inside, taken over from that one's descriptors, and kept: it stays the sandbox's.
 * @param file e.g. `/proc/sys/net/ipv4/tcp_migrate_req`
 */
export async function openSetting(file: string, { proc, command, env }: InsideOptions): Promise<Setting> {
  const [program, ...args] = command(['sh', '-c', 'exec 3< "$1" && echo $$ && read -r _', 'sh', file])
  const child = spawn(program!, args, { env, stdio: ['pipe', 'pipe', 'ignore'], timeout: LIMIT_MS })
  child.stdin.on('error', () => {
    // It has ended first.
  })
  let descriptor: number | undefined
  try {
    const ended = once(child, 'close')
    const [said] = await Promise.race([once(child.stdout, 'data'), ended])
    if (/^\d+\n$/.test(String(said))) descriptor = openSync(`${proc}/${String(said).trim()}/fd/3`, 'r')
    child.stdin.end()
    await ended
  } catch {
    // No shell inside, or the sandbox is ending: then there is nothing to read.
  }

  const value = Buffer.alloc(64)
  return {
    late: descriptor === undefined && child.killed,
    read() {
      if (descriptor === undefined) return undefined
      try {
        return value.toString('latin1', 0, readSync(descriptor, value, 0, value.length, 0)).trim()
      } catch {
        // The kernel has taken the setting away with its network.
        return undefined
      }
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor)
      descriptor = undefined
    },
  }
}

type InsideOptions = Pick<Sandbox, 'proc' | 'command' | 'env'>
