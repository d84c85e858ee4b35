/** What the kernel must show of lesson 19, as far as it is seen from the host's network namespace. */
import type { Machine } from 'reuseport-playground/checks'

const PORT = 8080

/** Workers run, and in the namespace of the host nobody has their port. */
export function unseen(machine: Machine): true | string {
  const workers = machine.processes.filter(({ title }) => title === 'worker').length
  if (workers < 2) return `${count(workers, 'worker runs', 'workers run')}; two are needed.`
  const listeners = onPort(machine)
  if (listeners.length === 0) return true
  return `The host itself has ${count(listeners.length, 'listener', 'listeners')} on port ${PORT}; its workers are to be in containers.`
}

/** The host's port 8080 belongs to the program that passes connections on. */
export function published(machine: Machine): true | string {
  return heldBy(machine, 'publish') || seen(machine, 'publish must hold it')
}

/** A worker that lives in a namespace of its own holds a listener that was made in the host's. */
export function activated(machine: Machine): true | string {
  return heldBy(machine, 'worker') || seen(machine, 'a worker must hold it')
}

function heldBy(machine: Machine, title: string): boolean {
  return onPort(machine).some(({ owners }) => owners.some(owner => owner.title === title))
}

function seen(machine: Machine, missing: string): string {
  const titles = onPort(machine).flatMap(({ owners }) => owners.map(({ title }) => title))
  if (titles.length === 0) return `On the host nobody listens on port ${PORT}; ${missing}.`
  return `On the host port ${PORT} belongs to ${[...new Set(titles)].join(' and ')}; ${missing}.`
}

function onPort({ listeners }: Machine): Machine['listeners'] {
  return listeners.filter(({ port }) => port === PORT)
}

function count(number: number, one: string, many: string): string {
  return `${number === 0 ? 'No' : number} ${number === 1 ? one : number === 0 ? one : many}`
}

/** Two workers, each in a network namespace of its own, hold listeners of the host, and both have answered the last client. */
export function contained({ listeners, answers }: Machine): true | string {
  const group = listeners.filter(({ port }) => port === 8090)
  const held = group.flatMap(({ owners }) => owners.filter(({ title }) => title === 'contained'))
  const workers = new Set(held.map(({ pid }) => pid))
  if (group.length !== 2 || workers.size !== 2)
    return `On the host port 8090 has ${group.length} listeners, and ${workers.size} workers in containers hold them; two of each are needed.`
  const answered = answers.filter(({ pid }) => workers.has(pid)).length
  return answered === 2 || `${answered} of the two workers have answered the last client.`
}
