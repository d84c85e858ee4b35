/** Which processes belong to a sandbox, as `/proc` has them at one moment. */
import { readdirSync } from 'node:fs'
import { isOutOfReach, readProc, readProcText } from './proc-file.ts'

export interface Member {
  pid: number
  parent: number
  /** As `ss` shows it. */
  title: string
  /** One letter, as in proc(5). */
  state: string
  /** Processor time of all its threads so far, in ticks of 10 ms. */
  ticks: number
  /** When it started; with the pid, it names a process for good. */
  start: number
}

/** A process is what it is for good this long after it was first seen: by then it runs its program. Milliseconds. */
const BECOMING_MS = 1000

/**
 * @param mark a word of the environment which every process of the sandbox has; undefined where all below `proc` are it
 * @returns a function that lists them by pid; `now` is in milliseconds. It throws when `proc` is gone
 */
export function createMembers(proc: string, mark: string | undefined): (now: number) => Member[] {
  const known = new Map<string, { since: number; marked: boolean }>()

  return now => {
    const members: Member[] = []
    const seen = new Set<string>()
    for (const name of namesIn(proc)) {
      const member = /^\d+$/.test(name) ? readMember(proc, name) : undefined
      if (!member) continue
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

function namesIn(proc: string): string[] {
  try {
    return readdirSync(proc)
  } catch (error) {
    throw isOutOfReach(error) ? new Error('the sandbox has ended') : error
  }
}

function readMember(proc: string, pid: string): Member | undefined {
  const text = readProcText(`${proc}/${pid}/stat`)
  if (!text) return undefined
  // The name in brackets may hold spaces and brackets: what counts begins after the last one.
  const end = text.lastIndexOf(')')
  const fields = text.slice(end + 2).split(' ')
  return {
    pid: Number(pid),
    parent: Number(fields[1]),
    title: text.slice(text.indexOf('(') + 1, end),
    state: fields[0]!,
    ticks: Number(fields[11]) + Number(fields[12]),
    start: Number(fields[19]),
  }
}
