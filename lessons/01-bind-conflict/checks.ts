/** What the kernel must show of lesson 01. */
import type { Listener, Machine } from '../../playground/protocol.ts'

const PORT = 8080

/** One listener at the address that both servers ask for, and one process that holds it. */
export function oneOwner(machine: Machine): true | string {
  const listeners = onPort(machine)
  const owners = new Set(listeners.flatMap(({ owners }) => owners.map(({ pid }) => pid)))
  if (listeners.length === 1 && owners.size === 1) return true
  if (listeners.length === 0) return `Nobody listens on port ${PORT} yet.`
  return `Port ${PORT} has ${count(listeners.length, 'listener')}, held by ${count(owners.size, 'process', 'es')}.`
}

/** The same port twice, at two addresses. */
export function twoAddresses(machine: Machine): true | string {
  const addresses = new Set(onPort(machine).map(({ address }) => address))
  if (addresses.size === 2) return true
  if (addresses.size === 0) return `Nobody listens on port ${PORT} yet.`
  return `So far somebody listens on port ${PORT} at ${[...addresses].join(', ')} only.`
}

/** It had a listener, which has answered somebody, and has none any more. */
export function portFree(machine: Machine): true | string {
  const [listener] = onPort(machine)
  if (listener) return `${ownerOf(listener)} still listens on port ${PORT}.`
  return machine.counters.accepted > 0 || 'No worker has had a connection yet.'
}

function onPort({ listeners }: Machine): Listener[] {
  return listeners.filter(({ port }) => port === PORT)
}

function ownerOf({ owners: [owner] }: Listener): string {
  return owner ? `Process ${owner.pid}` : 'Somebody'
}

function count(number: number, word: string, plural = 's'): string {
  return `${number} ${word}${number === 1 ? '' : plural}`
}
