import type { Listener, Machine } from 'reuseport-playground/checks'

const PORT = 8080

/** Four listeners, each with a worker of its own. */
export function fourListeners(machine: Machine): true | string {
  const listeners = onPort(machine)
  if (listeners.length !== 4)
    return `${counted(listeners.length, 'listener')} on port ${PORT}; there must be 4.`
  const addresses = new Set(listeners.map(({ address }) => address))
  if (addresses.size > 1) return `The listeners have different addresses: ${[...addresses].join(' and ')}.`
  const workers = new Set(listeners.flatMap(({ owners }) => owners.map(({ pid }) => pid)))
  if (workers.size === 4) return true
  return `${counted(workers.size, 'process')} for 4 listeners; each must have its own.`
}

/** One queue is full beside an empty one, and the kernel has counted what it turned away. */
export function overflow(machine: Machine): true | string {
  const listeners = onPort(machine)
  if (listeners.length !== 2)
    return `${counted(listeners.length, 'listener')} on port ${PORT}; there must be 2.`
  const full = listeners.some(({ queue, backlog }) => backlog !== undefined && queue > backlog)
  const empty = listeners.some(({ queue }) => queue === 0)
  if (full && empty && machine.counters.overflows > 0) return true
  const queues = listeners.map(({ queue, backlog }) => `${queue} of ${backlog ?? 'an unknown number'}`)
  return `The queues hold ${queues.join(' and ')}; one must be full and the other one empty.`
}

function onPort(machine: Machine): Listener[] {
  return machine.listeners.filter(({ port }) => port === PORT)
}

function counted(count: number, noun: string): string {
  const plural = noun.endsWith('s') ? `${noun}es` : `${noun}s`
  return `${count} ${count === 1 ? noun : plural}`
}

/** The mystery: three listeners, each held by a worker of the service, and the last client was answered every time. */
export function everybodyHealthy({ listeners, processes, answers }: Machine): true | string {
  const parents = processes.filter(({ title }) => title === 'parent').map(({ pid }) => pid)
  const service = processes.filter(({ title, parent }) => title === 'worker' && parents.includes(parent))
  const group = listeners.filter(({ port }) => port === 8088)
  const held = group.flatMap(({ owners }) => owners.map(({ pid }) => pid))
  const total = answers.filter(({ pid }) => held.includes(pid)).reduce((sum, { count }) => sum + count, 0)
  if (group.length === 0) return 'Nobody listens on port 8088.'
  if (total < 200) return `The last client had ${total} answers from port 8088; 200 are needed.`
  if (
    group.length === 3 &&
    held.length === 3 &&
    held.every(pid => service.some(worker => worker.pid === pid))
  )
    return true
  return `Port 8088 has ${counted(group.length, 'listener')}, held by ${counted(new Set(held).size, 'process')}; not all of them are workers of the service.`
}
