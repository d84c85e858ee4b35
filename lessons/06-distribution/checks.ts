/** What the page checks against the kernel: see its `check` containers. */
import type { Machine } from 'reuseport-playground/checks'

const PORT = 8080

/** Four listeners on one port, each with a worker of its own. */
export function group(machine: Machine): true | string {
  const listeners = machine.listeners.filter(({ port }) => port === PORT)
  const workers = new Set(listeners.flatMap(({ owners }) => owners.map(({ pid }) => pid)))
  if (listeners.length === 4 && workers.size === 4) return true
  return `Port ${PORT} has ${count(listeners.length, 'listener')} and ${count(workers.size, 'worker')}; four of each are needed.`
}

function count(number: number, word: string): string {
  return `${number === 0 ? 'no' : number} ${word}${number === 1 ? '' : 's'}`
}

/** Each of eight workers holds 25 open connections, and nobody has closed a listener for it. */
export function evenPool({ listeners, connections }: Machine): true | string {
  const group = listeners.filter(({ port }) => port === 8083)
  const workers = new Set(group.flatMap(({ owners }) => owners.map(({ pid }) => pid)))
  if (group.length !== 8 || workers.size !== 8)
    return `Port 8083 has ${count(group.length, 'listener')} and ${count(workers.size, 'worker')}; eight of each are needed.`
  const held = [...workers].map(worker =>
    connections
      .filter(
        ({ port, pid, server, state }) => port === 8083 && server && state === 'ESTAB' && pid === worker,
      )
      .reduce((sum, { count }) => sum + count, 0),
  )
  if (held.every(count => count === 25)) return true
  return `The eight workers hold ${held.join(', ')} open connections; each must hold 25.`
}
