/** What `/proc` does not show: how long a listener's queue may be. `ss` tells, and is asked again if it is late. */
import { execFile } from 'node:child_process'
import type { Listener } from '../protocol.ts'
import { SYSTEM_PATH } from '../sandbox/environment.ts'
import type { Sandbox } from '../sandbox/kind.ts'
import { patience } from '../sandbox/patience.ts'

/** A command that takes longer is given up. Milliseconds. */
const LIMIT_MS = 1000
/** From there on to the next question. Milliseconds. */
const REST_MS = 3000
/** Of its answer that is read: some 100 000 listeners, and no page shows a hundredth of them. Bytes. */
const LONGEST = 16 * 1024 * 1024
const TOO_LONG = 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER'

export interface Backlogs {
  /** Adds to each listener its backlog as far as it can be known. Runs `ss` when there is a new listener. */
  fill(listeners: Listener[]): Promise<Listener[]>
}

export function createBacklogs(options: BacklogsOptions): Backlogs {
  const known = new Map<number, { backlog?: number; longest: number }>()
  let restUntil = 0

  return {
    async fill(listeners) {
      if (performance.now() >= restUntil && listeners.some(isNews)) {
        const backlogs = await readBacklogs(options)
        if (!backlogs) restUntil = performance.now() + REST_MS
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
async function readBacklogs({ beside }: BacklogsOptions): Promise<Map<number, number> | undefined> {
  const [file, ...args] = beside(['ss', '-H', '-ltne'])
  return new Promise(resolve =>
    execFile(
      file!,
      args,
      {
        env: { PATH: SYSTEM_PATH },
        timeout: patience(LIMIT_MS),
        killSignal: 'SIGKILL',
        maxBuffer: LONGEST,
      },
      (error, out) => {
        if (!error || (error.code as unknown) === TOO_LONG) resolve(parseBacklogs(out))
        else resolve(error.killed ? undefined : new Map())
      },
    ),
  )
}

/** @param listing as `ss -H -ltne` prints it: state, Recv-Q, Send-Q …, `ino:INODE` */
export function parseBacklogs(listing: string): Map<number, number> {
  const lines = listing.matchAll(/^LISTEN +\d+ +(\d+) .*\bino:(\d+)/gm)
  return new Map(Array.from(lines, ([, backlog, inode]) => [Number(inode), Number(backlog)]))
}

type BacklogsOptions = Pick<Sandbox, 'beside'>
