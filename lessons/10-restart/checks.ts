/** What the kernel must show of lesson 10. */
import type { Machine } from 'reuseport-playground/checks'

/** Three workers of the group, each with a listener of its own. */
export function threeWorkers({ listeners }: Machine): true | string {
  const group = listeners.filter(({ port }) => port === 8080)
  const owners = new Set(group.flatMap(({ owners }) => owners.map(({ pid }) => pid)))
  if (group.length >= 3 && owners.size >= 3) return true
  return `${group.length} listeners on port 8080 with ${owners.size} workers; three of each are needed.`
}

/** Queued connections have gone over to another listener. */
export function queueMoved({ migrateReq, counters }: Machine): true | string {
  if (!migrateReq) return 'net.ipv4.tcp_migrate_req is off; set it to 1.'
  if (counters.migrated > 0) return true
  return 'The setting is on, but no connection has moved yet; restart the workers under load.'
}

/** A load that saw a restart from its first worker to its last, and lost no more than the kernel's own gap. */
export function nothingLost({ listeners, processes, answers, lost }: Machine): true | string {
  const group = listeners.filter(({ port }) => port === 8086)
  const now = new Set(group.flatMap(({ owners }) => owners.map(({ pid }) => pid)))
  if (now.size < 2) return `Port 8086 has ${now.size} workers; at least two are needed.`
  const answered = answers.map(({ pid }) => pid)
  const gone = answered.filter(pid => !processes.some(process => process.pid === pid))
  const fresh = answered.filter(pid => now.has(pid))
  if (gone.length < 2 || fresh.length < 2)
    return `Of those that have answered the last client ${gone.length} have left and ${fresh.length} listen on port 8086; a restart under load has two of each.`
  if (lost === undefined) return 'The last client did not say what it has lost.'
  return (
    lost <= 3 ||
    `The last client has lost ${lost} requests in the restart; at most 3 may fall into the kernel's gap.`
  )
}
