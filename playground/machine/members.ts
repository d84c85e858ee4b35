/** Which processes belong to a sandbox, as `/proc` has them at one moment. */
import { readdirSync } from 'node:fs'
import { type ProcessStat, parseStat } from '../sandbox/process-stat.ts'
import { isOutOfReach, readProc, readProcText } from './proc-file.ts'

/** A process is what it is for good this long after it was first seen: by then it runs its program. Milliseconds. */
const BECOMING_MS = 1000

/** Processes that are told of: where nothing bounds them, a program may start as many as the kernel allows. */
const MOST = 4096

/**
 * @param mark a word of the environment which every process of the sandbox has; undefined where all below `proc` are it
 * @returns a function that lists them by pid; `now` is in milliseconds. It throws when `proc` is gone
 */
export function createMembers(proc: string, mark: string | undefined): (now: number) => ProcessStat[] {
  const known = new Map<string, { since: number; marked: boolean }>()

  return now => {
    const members: ProcessStat[] = []
    const seen = new Set<string>()
    for (const name of pidsIn(proc)) {
      if (members.length === MOST) break
      const text = readProcText(`${proc}/${name}/stat`)
      if (!text) continue
      const member = parseStat(text)
      const key = `${member.pid} ${member.start}`
      seen.add(key)
      if (mark === undefined || isMarked(key, member.pid, now)) members.push(member)
    }
    for (const key of known.keys()) if (!seen.has(key)) known.delete(key)
    return members.sort((a, b) => a.pid - b.pid)
  }

  /** Between fork and exec a process has its parent's environment, which is the server's own. */
  function isMarked(key: string, pid: number, now: number): boolean {
    const before = known.get(key)
    if (before && (before.marked || now - before.since > BECOMING_MS)) return before.marked
    const environment = readProc(`${proc}/${pid}/environ`)?.toString('latin1') ?? ''
    const marked = environment.split('\0').includes(mark!)
    known.set(key, { since: before?.since ?? now, marked })
    return marked
  }
}

function pidsIn(proc: string): string[] {
  try {
    return readdirSync(proc).filter(name => /^\d+$/.test(name))
  } catch (error) {
    throw isOutOfReach(error) ? new Error('the sandbox has ended') : error
  }
}
