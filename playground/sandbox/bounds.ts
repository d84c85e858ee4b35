/** What one sandbox may take of the machine, whoever works in it. */
import { readFileSync } from 'node:fs'
import { createCgroup } from './cgroup.ts'
import type { Limits } from './cgroup-place.ts'

export interface Bounds {
  /** Undefined: no cgroup could be had, see `unbounded`. */
  limits: Limits | undefined
  /** Why memory and processes have no bound, one sentence. */
  unbounded: string | undefined
  /** The command line that runs `argv` within the bounds, from its first instruction on. */
  command(argv: string[]): string[]
  /** Ends what is left within. Never rejects. */
  close(): Promise<void>
}

const MIB = 1024 * 1024
/**
 * At least three times what the hungriest lesson takes: a cluster of four Node workers, a load client and four
 * shells. Bytes; processes with their threads.
 */
export const DEFAULT_LIMITS: Limits = { memory: 1024 * MIB, processes: 1024 }
/** Of a file, wherever it is: a workspace lies on the host's disk. */
export const MAX_FILE_BYTES = 256 * MIB
/** Open files and sockets of one process: the hungriest of the lessons has 430. */
export const MAX_DESCRIPTORS = 8192
/** The kernel that has no memory left ends a learner's program before anything of the host. Of 1000. */
const OOM_PREFERENCE = 300

/**
 * Before the first program, so that nothing it starts can be outside; the limits are hard ones. What the server has open
 * without meaning to hand it on, the masters of other panes' terminals above all, is closed: node-pty does not mark them,
 * and closes those up to the first gap only; libuv closes none. Up to 4 they are meant.
 */
const ENTER = `
  for each in /proc/self/fd/*; do [ "\${each##*/}" -le 4 ] || eval "exec \${each##*/}>&-"; done
  ulimit -c 0
  ulimit -n ${MAX_DESCRIPTORS} 2>/dev/null
  ulimit -f ${MAX_FILE_BYTES / 1024} 2>/dev/null
  { echo "$1" > /proc/self/oom_score_adj; } 2>/dev/null
  shift
  while [ "$1" != -- ]; do echo 0 > "$1" || exit; shift; done
  shift
  exec "$@"`

export async function createBounds(limits: Limits): Promise<Bounds> {
  const cgroup = await createCgroup(limits)
  const bounded = 'doors' in cgroup
  const doors = bounded ? cgroup.doors : []
  // A socket for its standard input would make it read its user's start-up file (bash(1), Invocation).
  const enter = ['bash', '--norc', '-c', ENTER, 'bounds', `${oomScore()}`, ...doors, '--']
  return {
    limits: bounded ? limits : undefined,
    unbounded: bounded ? undefined : cgroup.unbounded,
    command: argv => [...enter, ...argv],
    async close() {
      if (bounded) await cgroup.close()
    },
  }
}

/** Sizes of the sandbox's own file systems in memory: full ones say so long before memory is at its end. Bytes. */
export function tmpfsSizes({ memory }: Limits): { tmp: number; other: number } {
  return { tmp: Math.floor(memory / 4), other: Math.floor(memory / 16) }
}

function oomScore(): number {
  const own = Number(readFileSync('/proc/self/oom_score_adj', 'utf8'))
  return Math.min(1000, own + OOM_PREFERENCE)
}
