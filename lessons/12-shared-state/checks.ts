/** What the kernel must show of lesson 12. */
import type { Machine } from 'reuseport-playground/checks'

/** Two workers, each with a listener of its own. */
export function twoWorkers(machine: Machine): true | string {
  const listeners = machine.listeners.filter(({ port }) => port === 8080)
  const workers = workersOf(machine)
  if (listeners.length === 2 && workers.size === 2) return true
  return `${listeners.length} listeners on port 8080 with ${workers.size} workers; two of each are needed.`
}

/** Both workers have answered the last client, and the parent counts for them. */
export function bothAsked(machine: Machine): true | string {
  const workers = workersOf(machine)
  const parents = new Set(machine.processes.filter(({ pid }) => workers.has(pid)).map(({ parent }) => parent))
  const counting = machine.processes.filter(({ pid, title }) => parents.has(pid) && title === 'owner')
  if (counting.length !== 1) return 'No parent that owns the count has workers on port 8080.'
  const answered = machine.answers.filter(({ pid }) => workers.has(pid)).length
  if (workers.size === 2 && answered === 2) return true
  return `${answered} of ${workers.size} workers have answered the last client; both of two are needed.`
}

function workersOf({ listeners }: Machine): Set<number> {
  const group = listeners.filter(({ port }) => port === 8080)
  return new Set(group.flatMap(({ owners }) => owners.map(({ pid }) => pid)))
}

/** Of 100 tickets each was sold exactly once, by workers that share a port, and nobody has got another one. */
export function tickets(machine: Machine): true | string {
  const group = machine.listeners.filter(({ port }) => port === 8094)
  const workers = new Set(group.flatMap(({ owners }) => owners.map(({ pid }) => pid)))
  if (group.length !== 4 || workers.size !== 4)
    return `Port 8094 has ${group.length} listeners with ${workers.size} workers; four of each are needed.`
  const valid = machine.answers
    .filter(({ pid }) => workers.has(pid))
    .reduce((sum, { count }) => sum + count, 0)
  return valid === 100 || `The last visitors had ${valid} valid tickets; 100 are needed.`
}
