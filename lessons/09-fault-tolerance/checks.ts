/** What the page checks against the kernel: see its `check` containers. */
import type { Machine } from 'reuseport-playground/checks'

const PORT = 8080

/** A worker is stopped, and connections wait in its accept queue. */
export function waiting(machine: Machine): true | string {
  const listeners = machine.listeners.filter(({ port }) => port === PORT)
  if (listeners.length < 4) return `Port ${PORT} has ${count(listeners.length, 'listener')}; four are needed.`
  const stopped = new Set(machine.processes.filter(({ state }) => state === 'T').map(({ pid }) => pid))
  const stuck = listeners.filter(({ owners }) => owners.some(({ pid }) => stopped.has(pid)))
  if (stuck.length === 0) return 'No worker is stopped; send one of them the signal STOP.'
  if (stuck.some(({ queue }) => queue > 0)) return true
  return 'A worker is stopped, and nothing waits in its accept queue; open connections.'
}

/** The kernel moves queued connections to another listener, and has done so. */
export function migrated(machine: Machine): true | string {
  if (machine.migrateReq === undefined)
    return 'This kernel has no net.ipv4.tcp_migrate_req; it came with 5.14.'
  if (!machine.migrateReq) return 'net.ipv4.tcp_migrate_req is 0; set it to 1.'
  if (machine.counters.migrated > 0) return true
  return 'net.ipv4.tcp_migrate_req is 1, and no connection has moved yet; kill a worker with a queue.'
}

/** Of four workers one is dead, the last client had all its answers, and the kernel has moved nothing for that. */
export function noQueueDies({ listeners, answers, migrateReq }: Machine): true | string {
  if (migrateReq) return 'net.ipv4.tcp_migrate_req is 1; set it to 0.'
  const owners = listeners.filter(({ port }) => port === 8089).flatMap(({ owners }) => owners)
  const workers = new Set(owners.filter(({ title }) => title === 'worker').map(({ pid }) => pid))
  if (workers.size !== 3)
    return `Port 8089 has ${count(workers.size, 'worker')}; three of four are needed, when you have killed the stopped one.`
  const total = answers.reduce((sum, { count }) => sum + count, 0)
  return total === 200 || `The last client had ${total} answers; 200 are needed.`
}

function count(number: number, word: string): string {
  return `${number === 0 ? 'no' : number} ${word}${number === 1 ? '' : 's'}`
}
