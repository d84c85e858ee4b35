/** What the kernel must show of lesson 05: who listens, and who has started them. */
import type { Machine } from 'reuseport-playground/checks'

const PORT = 8080

/** They listen, and who has started them has ended. */
export function orphans(machine: Machine): true | string {
  if (!isShape(machine, [1, 1, 1, 1])) return `${described(machine)}. Needed: four, held by 1 worker each.`
  const parent = machine.processes.find(({ title }) => title === 'parent')
  return !parent || `Their parent, process ${parent.pid}, is still there.`
}

/** All is over: the workers have ended with their parent, and a client that comes is refused. */
export function nobodyLeft(machine: Machine): true | string {
  const left = machine.processes.filter(({ title }) => title === 'parent' || title === 'worker').length
  if (left > 0) return `${left} process${left === 1 ? ' is' : 'es are'} still there.`
  // Nobody is left after each Ctrl-C of this page, too.
  return machine.counters.resets > 0 || 'No process is left. Let a client try to connect.'
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

/** A service of four has crashed and was started again, and everybody had an answer: nobody of it was left. */
export function noneLeftBehind({ listeners, processes, answers }: Machine): true | string {
  const group = listeners.filter(({ port }) => port === 8097)
  const now = new Set(group.flatMap(({ owners }) => owners.map(({ pid }) => pid)))
  if (group.length !== 4 || now.size !== 4)
    return `Port 8097 has ${group.length} listener${group.length === 1 ? '' : 's'}; after the restart four are needed, one of each worker.`
  const gone = answers.filter(({ pid }) => !processes.some(process => process.pid === pid)).length
  const fresh = answers.filter(({ pid }) => now.has(pid)).length
  if (gone !== 4 || fresh !== 4)
    return `Of those that have answered the last client ${gone} have ended and ${fresh} listen on port 8097; a crash has four of each.`
  const total = answers.reduce((sum, { count }) => sum + count, 0)
  return total === 400 || `${total} of 400 requests were answered.`
}
