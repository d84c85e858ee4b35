/** What the kernel must show of lesson 03. */
import type { Listener, Machine } from 'reuseport-playground/checks'

const PORT = 8080

/** It had a listener, which has answered somebody, and has none any more. */
export function portFree(machine: Machine): true | string {
  const [listener] = onPort(machine)
  if (listener) return `${ownerOf(listener)} still listens on port ${PORT}.`
  return machine.counters.accepted > 0 || 'No worker has had a connection yet.'
}

/** Clients of a server that still listens have closed first, and keep the `TIME-WAIT` themselves. */
export function whoCloses({ listeners, connections }: Machine): true | string {
  if (!listeners.some(({ port }) => port === 8083)) return 'Nobody listens on port 8083.'
  const left = connections.filter(({ port, state }) => port === 8083 && state === 'TIME-WAIT')
  const [atServer, atClient] = [true, false].map(end =>
    left.filter(({ server }) => server === end).reduce((sum, { count }) => sum + count, 0),
  )
  if (atClient! >= 50) return true
  return `In TIME-WAIT at the server's end of port 8083: ${atServer}; at the client's: ${atClient}, and 50 are needed there.`
}

function onPort({ listeners }: Machine): Listener[] {
  return listeners.filter(({ port }) => port === PORT)
}

function ownerOf({ owners: [owner] }: Listener): string {
  return owner ? `Process ${owner.pid}` : 'Somebody'
}
