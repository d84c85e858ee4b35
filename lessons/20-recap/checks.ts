/** What the page checks against the kernel: see its `check` containers. */
import type { Listener, Machine } from 'reuseport-playground/checks'

const PORT = 8080

/** One listener that only the parent holds, and four workers whose counts are equal. */
export function inTurns(machine: Machine): true | string {
  const [listener, ...more] = listenersOf(machine)
  if (!listener || more.length > 0)
    return `Port ${PORT} has ${more.length + (listener ? 1 : 0)} listeners; one is needed.`
  const owners = [...new Set(listener.owners.map(({ pid }) => pid))]
  if (owners.length !== 1) return `${owners.length} processes hold the listener; one is needed, the parent.`
  const counts = machine.answers
    .filter(({ pid }) =>
      machine.processes.some(process => process.pid === pid && process.parent === owners[0]),
    )
    .map(({ count }) => count)
  if (counts.length < 4) return `${counts.length} of its four workers have answered; run the client.`
  return new Set(counts).size === 1 || `The workers have answered ${counts.join(', ')}; run the client again.`
}

/** Every worker is stopped, and ten connections wait at each of five listeners. */
export function fiveQueues(machine: Machine): true | string {
  const group = listenersOf(machine, 8083)
  const queues = group.map(({ queue }) => queue)
  if (queues.join() !== '10,10,10,10,10')
    return `In the queues of port 8083 wait ${queues.join(', ') || 'none'}; it must be 10 in each of five.`
  const stopped = machine.processes.filter(({ state }) => state === 'T').map(({ pid }) => pid)
  const idle = group.filter(({ owners }) => owners.every(({ pid }) => stopped.includes(pid))).length
  return idle === 5 || `${idle} of the five workers are stopped; all must be.`
}

function listenersOf({ listeners }: Machine, wanted = PORT): Listener[] {
  return listeners.filter(({ port }) => port === wanted)
}
