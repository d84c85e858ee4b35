/** What the page checks against the kernel: see its `check` containers. */
import type { Machine } from '../../playground/protocol.ts'

const PORT = 8080

/** Four listeners on one port, each with a worker of its own. */
export function group(machine: Machine): true | string {
  const listeners = machine.listeners.filter(({ port }) => port === PORT)
  const workers = new Set(listeners.flatMap(({ owners }) => owners.map(({ pid }) => pid)))
  if (listeners.length === 4 && workers.size === 4) return true
  return `Port ${PORT} has ${count(listeners.length, 'listener')} and ${count(workers.size, 'worker')}; four of each are needed.`
}

/** Connections wait for a worker that is stopped, and for no other. */
export function stalled(machine: Machine): true | string {
  const listeners = machine.listeners.filter(({ port }) => port === PORT)
  const stopped = new Set(machine.processes.filter(({ state }) => state === 'T').map(({ pid }) => pid))
  const waiting = listeners.filter(({ queue }) => queue > 0)
  const stuck = waiting.filter(({ owners }) => owners.some(({ pid }) => stopped.has(pid)))
  if (stuck.length === 1 && waiting.length === 1 && listeners.length > 1) return true
  if (listeners.length < 2)
    return `Port ${PORT} has ${count(listeners.length, 'listener')}; start the group of four first.`
  if (!listeners.some(({ owners }) => owners.some(({ pid }) => stopped.has(pid))))
    return 'No worker is stopped; send one of them the signal STOP.'
  return `Connections wait in ${count(waiting.length, 'accept queue')}; they should wait in that of the stopped worker alone.`
}

function count(number: number, word: string): string {
  return `${number === 0 ? 'no' : number} ${word}${number === 1 ? '' : 's'}`
}
