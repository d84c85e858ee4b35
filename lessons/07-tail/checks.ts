/** What the page checks against the kernel: see its `check` containers. */
import type { Machine } from 'reuseport-playground/checks'

const PORT = 8080

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

/** Four queues or more, one worker of four stopped, and the last client had all its answers from the others. */
export function everyQueue({ listeners, processes, answers }: Machine): true | string {
  const group = listeners.filter(({ port }) => port === 8087)
  const workers = new Set(group.flatMap(({ owners }) => owners.map(({ pid }) => pid)))
  if (group.length < 4 || workers.size < 4)
    return `Port 8087 has ${count(group.length, 'listener')} and ${count(workers.size, 'worker')}; four of each are needed.`
  const stopped = processes.filter(({ pid, state }) => state === 'T' && workers.has(pid))
  if (stopped.length !== 1)
    return `Of the workers on port 8087 ${stopped.length} are stopped; send one of them the signal STOP.`
  const total = answers.filter(({ pid }) => workers.has(pid)).reduce((sum, { count }) => sum + count, 0)
  return total >= 200 || `The last client had ${total} answers from port 8087; 200 are needed.`
}
