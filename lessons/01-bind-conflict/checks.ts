/** What the kernel must show of lesson 01. */
import type { Listener, Machine } from 'reuseport-playground/checks'

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

/** The reader's worker has the port that somebody else's service would not give away. */
export function takenPort({ listeners, processes }: Machine): true | string {
  const owners = listeners
    .filter(({ port, address }) => port === 8090 && address === '127.0.0.1')
    .flatMap(({ owners }) => owners)
  if (owners.length > 0 && owners.every(({ title }) => title === 'worker')) return true
  const [owner] = owners
  if (owner) return `Process ${owner.pid}, \`${owner.title}\`, listens on 127.0.0.1:8090.`
  const left = processes.filter(({ title }) => title === 'squatter').length
  return left > 0 ? 'Nobody has port 8090 at the moment; be quick.' : 'Nobody listens on 127.0.0.1:8090.'
}

function onPort({ listeners }: Machine): Listener[] {
  return listeners.filter(({ port }) => port === PORT)
}

function count(number: number, word: string, plural = 's'): string {
  return `${number} ${word}${number === 1 ? '' : plural}`
}
