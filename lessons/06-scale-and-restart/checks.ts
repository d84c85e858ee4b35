/** What the kernel must show of lesson 06. */
import type { Machine } from '../../playground/protocol.ts'

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
