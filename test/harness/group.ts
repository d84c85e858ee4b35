import { readdirSync, readFileSync } from 'node:fs'
import { type ProcessStat, parseStat } from '../../playground/sandbox/process-stat.ts'

/** What there is of a process group, but for those that have ended and are not waited for. */
export function groupOf(leader: number): ProcessStat[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(pid => {
      try {
        return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
      } catch {
        return []
      }
    })
    .filter(({ group, state }) => group === leader && state !== 'Z')
}
