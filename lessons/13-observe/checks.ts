import type { Listener, Machine } from 'reuseport-playground/checks'

const PORT = 8080

/** Two listeners with a worker each; connections wait at exactly one of them. */
export function oneQueueWaits(machine: Machine): true | string {
  const listeners = onPort(machine)
  if (listeners.length !== 2)
    return `${counted(listeners.length, 'listener')} on port ${PORT}; there must be 2.`
  const queues = listeners.map(({ queue }) => queue).sort((a, b) => a - b)
  if (queues[0] === 0 && queues[1]! > 0) return true
  return `The queues hold ${queues.join(' and ')}; one must be empty and the other one not.`
}

/** Every worker of the mystery has answered the last client: the ill one is gone, or well again. */
export function solved(machine: Machine): true | string {
  if (!machine.processes.some(({ title }) => title === 'mystery')) return 'The mystery does not run.'
  const workers = new Set(onPort(machine).flatMap(({ owners }) => owners.map(({ pid }) => pid)))
  const answered = machine.answers.filter(({ pid }) => workers.has(pid)).length
  if (workers.size >= 3 && answered === workers.size) return true
  const listen = `${counted(workers.size, 'worker')} on port ${PORT}`
  return workers.size < 3
    ? `${listen}; of the four there must be at least 3. Start the mystery again.`
    : `${listen}, of which ${answered} have answered the last client.`
}

/** All that listen belong to the service in the terminal; who has started the others is gone, or they are. */
export function onlyMine({ listeners, processes }: Machine): true | string {
  const group = listeners.filter(({ port }) => port === 8093)
  const byPid = new Map(processes.map(process => [process.pid, process]))
  const parents = new Set(group.flatMap(({ owners }) => owners.map(({ pid }) => byPid.get(pid)?.parent)))
  const [parent] = [...parents].map(pid => byPid.get(pid ?? 0))
  const shell = byPid.get(parent?.parent ?? 0)
  if (group.length === 2 && parents.size === 1 && parent && shell?.title === 'bash') return true
  if (group.length !== 2)
    return `${counted(group.length, 'listener')} on port 8093; the service in \`server\` has 2.`
  return 'Two listen on port 8093, but they are not those of the service in `server`.'
}

function onPort(machine: Machine): Listener[] {
  return machine.listeners.filter(({ port }) => port === PORT)
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
