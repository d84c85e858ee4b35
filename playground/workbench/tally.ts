/** How a client has counted the answers of each worker. Pure. */
import { normalize } from '../format/output.ts'
import type { Machine } from '../protocol.ts'

/**
 * @param text of a terminal, with its control characters; what has come so far, or the end of it
 * @returns what the last client that has finished says: its `worker PID  COUNT` lines up to `total  N in MS ms`;
 * undefined where there is no such thing
 * @param cut more stood before the text: counts at its very beginning may not be all
 */
export function countAnswers(text: string, cut = false): Machine['answers'] | undefined {
  const { lines } = normalize(text)
  const end = lines.findLastIndex(line => /^total +\d+ in \d+ ms$/.test(line))
  const begin = lines.findLastIndex((line, index) => index < end && !isCount(line)) + 1
  // The first line may be the rest of one.
  if (cut && begin < 2) return undefined
  const answers = lines.slice(begin, Math.max(end, 0)).flatMap(line => {
    const [, pid, count] = /^worker (\d+) +(\d+)$/.exec(line) ?? []
    return pid ? [{ pid: Number(pid), count: Number(count) }] : []
  })
  return answers.length > 0 ? answers : undefined
}

/** Clients of some lessons count other things beside the answers: `reset  96`. */
function isCount(line: string): boolean {
  return /^\S+( \S+)* {2,}\d+$/.test(line)
}
