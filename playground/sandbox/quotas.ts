/**
 * What the kernel counts for each user (namespaces(7)): watches, and namespaces themselves. All sandboxes are one user
 * to it, an ordinary one that of their server; so none gets all that there is.
 */
import { readdirSync, readFileSync } from 'node:fs'

/** Where a user namespace has its own. Whoever has CAP_SYS_RESOURCE in it sets them; those of the levels above hold, too. */
export const QUOTAS = '/proc/sys/user'
/** Parts that a user's quotas are divided into: more than there are sandboxes by default, the rest is the user's. */
const SHARES = 16
/** Of each that a sandbox gets in any case. */
const FEWEST = 8

/** Bytes of a message queue as mq_open(3) makes it, with what the kernel needs for itself. */
const ONE_QUEUE = 102_400

/** Of one sandbox: names and values, by turns. */
export function quotas(): string[] {
  try {
    return readdirSync(QUOTAS).flatMap(name => {
      const all = Number(readFileSync(`${QUOTAS}/${name}`, 'utf8'))
      return [name, `${Math.max(FEWEST, Math.floor(all / SHARES))}`]
    })
  } catch {
    // This kernel counts nothing there.
    return []
  }
}

/**
 * The same for what the kernel counts by limits of a process: a user namespace gets as much as its maker may have
 * (setrlimit(2), from Linux 5.14 on). Runs the command behind it, which is to make one.
 *
 * @param processes with their threads: where no cgroup can be had, nothing else bounds them
 */
export function limited(processes: number): string[] {
  const limits = readFileSync('/proc/self/limits', 'utf8')
  const share = (name: string, fewest: number) => {
    const all = Number(new RegExp(`^${name} +\\S+ +(\\d+)`, 'm').exec(limits)?.[1] ?? fewest * SHARES)
    return Math.min(all, Math.max(fewest, Math.floor(all / SHARES)))
  }
  return [
    'prlimit',
    `--nproc=${Math.min(processes, share('Max processes', processes))}`,
    `--sigpending=${share('Max pending signals', FEWEST)}`,
    `--msgqueue=${share('Max msgqueue size', ONE_QUEUE)}`,
    '--',
  ]
}
