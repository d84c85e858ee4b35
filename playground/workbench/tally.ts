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

/** How many requests the client that has finished last says it has lost, if it counts them: `lost  N: …`. */
export function countLost(text: string): number | undefined {
  const { lines } = normalize(text)
  const end = lines.findLastIndex(line => /^total +\d+ in \d+ ms$/.test(line))
  const [, lost] =
    lines
      .slice(end + 1)
      .map(line => /^lost +(\d+)(?=:|$)/.exec(line) ?? [])
      .find(({ length }) => length > 0) ?? []
  return end < 0 || lost === undefined ? undefined : Number(lost)
}

/** Whether a program has ended with saying that the kernel refused it a port which is taken. */
export function saysRefused(text: string): boolean {
  return normalize(text).lines.some(line => REFUSED.test(line))
}

/** As Node, Python, and a program about itself say it; a line of strace, which the program may live through, is none. */
const REFUSED = /^(?:\w*Error|[\w./-]+): .*(?:\bEADDRINUSE\b|\[Errno 98\]|Address already in use)/

/** Clients of some lessons count other things beside the answers: `reset  96`. */
function isCount(line: string): boolean {
  return /^\S+( \S+)* {2,}\d+$/.test(line)
}
