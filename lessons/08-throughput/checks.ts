/** What the kernel must show of lesson 08. */
import type { Machine } from 'reuseport-playground/checks'

/** One worker holds 16 connections at the same time, and nobody waits to be accepted. */
export function waitTogether({ listeners, connections }: Machine): true | string {
  const group = listeners.filter(({ port }) => port === 8083)
  const pids = new Set(group.flatMap(({ owners }) => owners.map(({ pid }) => pid)))
  if (group.length !== 1 || pids.size !== 1)
    return `Port 8083 has ${group.length} listeners, held by ${pids.size} workers; one of each is needed.`
  const held = connections
    .filter(
      ({ port, server, state, pid }) => port === 8083 && server && state === 'ESTAB' && pid !== undefined,
    )
    .reduce((sum, { count }) => sum + count, 0)
  if (held >= 16 && group[0]!.queue === 0) return true
  return `The worker holds ${held} connections, and ${group[0]!.queue} wait in its queue; it must hold 16.`
}
