/** What the kernel must show of lesson 04: how many listeners there are, and how many workers hold each of them. */
import type { Machine } from 'reuseport-playground/checks'

const PORT = 8080
const WORKERS = 4

/** Bound once and shared. */
export function oneQueue(machine: Machine): true | string {
  return isShape(machine, [WORKERS]) || `${described(machine)}. Needed: one, held by 4 workers.`
}

/** Beside the shared one a listener that one worker has to itself. */
export function halfForOne(machine: Machine): true | string {
  return (
    isShape(machine, [WORKERS, 1]) || `${described(machine)}. Needed: two, held by 4 workers and 1 worker.`
  )
}

/** Each worker has made its own. */
export function ownListeners(machine: Machine): true | string {
  return isShape(machine, [1, 1, 1, 1]) || `${described(machine)}. Needed: four, held by 1 worker each.`
}

/** Two workers have the port, each listener one of them, and the kernel has sent one of them two thirds of 1000 clients. */
export function twiceAsMany({ listeners, answers }: Machine): true | string {
  const group = listeners.filter(({ port }) => port === 8084)
  const pids = new Set(group.flatMap(({ owners }) => owners.map(({ pid }) => pid)))
  if (pids.size !== 2 || group.some(({ owners }) => owners.length !== 1 || owners[0]!.title !== 'worker'))
    return `Port 8084 has ${group.length} listeners, held by ${processes(pids.size)}; two workers must have it, and each listener one of them.`
  const counts = answers.filter(({ pid }) => pids.has(pid)).map(({ count }) => count)
  const [most = 0, total] = [Math.max(...counts, 0), counts.reduce((sum, count) => sum + count, 0)]
  if (total !== 1000) return `The two workers have answered the last client ${total} times; 1000 are needed.`
  // A die that falls on one side with 2/3: outside of this less than once in a million times.
  if (most >= 594 && most <= 739) return true
  return `Of the last client's 1000 answers one worker has given ${most}; about 667 are needed.`
}

/** @param holders of each listener, how many workers hold it; the most first */
function isShape(machine: Machine, holders: number[]): boolean {
  return holdersOf(machine).join() === holders.join()
}

function described(machine: Machine): string {
  const holders = holdersOf(machine)
  if (holders.length === 0) return `Nobody listens on port ${PORT}`
  if (holders.length === 1) return `One listener on port ${PORT}, held by ${processes(holders[0]!)}`
  const same = new Set(holders).size === 1
  const each = same ? `${processes(holders[0]!)} each` : holders.map(processes).join(' and ')
  return `${holders.length} listeners on port ${PORT}, held by ${each}`
}

function holdersOf({ listeners }: Machine): number[] {
  return listeners
    .filter(({ port }) => port === PORT)
    .map(({ owners }) => new Set(owners.filter(({ title }) => title === 'worker').map(({ pid }) => pid)).size)
    .sort((a, b) => b - a)
}

function processes(number: number): string {
  return `${number} worker${number === 1 ? '' : 's'}`
}
