/** What the page checks against the kernel: see its `check` containers. */
import type { Machine } from 'reuseport-playground/checks'

/** As many as one pair of sockets gets. */
const CLIENTS = 32

/** Somebody has listened, and as many clients as a probe sends have come. */
export function asked({ counters }: Machine): true | string {
  const { accepted } = counters
  return accepted >= CLIENTS || `${accepted} connections have been made; a probe makes ${CLIENTS}.`
}

/** The two UDP probes of the table have sent their datagrams. */
export function triedAll({ counters }: Machine): true | string {
  const { datagrams } = counters
  return datagrams >= 2 * CLIENTS || `${datagrams} datagrams have been received; ${2 * CLIENTS} are needed.`
}

/** The setting is on, and the kernel has used it. */
export function moved({ counters, migrateReq }: Machine): true | string {
  if (!migrateReq) return 'net.ipv4.tcp_migrate_req is 0, or this kernel does not have it.'
  return counters.migrated > 0 || 'It is on, and no connection has been moved yet.'
}

/** Four listeners with a worker each on one port, and on the other, where the kernel is forged, one that four hold. */
export function fallback({ listeners }: Machine): true | string {
  const holders = (port: number) =>
    listeners
      .filter(listener => listener.port === port)
      .map(
        ({ owners }) => new Set(owners.filter(({ title }) => title === 'worker').map(({ pid }) => pid)).size,
      )
  const [own, shared] = [holders(8095), holders(8096)]
  if (own.join() !== '1,1,1,1')
    return `Port 8095 has ${own.length} listeners, and of workers ${own.join(', ') || 'none'}; four with one each are needed.`
  if (shared.join() === '4') return true
  return `Port 8096, on the forged kernel, has ${shared.length} listeners, and of workers ${shared.join(', ') || 'none'}; one with four is needed.`
}
