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

/** One worker of four is stopped, and the last client had all its answers from the others. */
export function nobodyWaits({ listeners, processes, answers }: Machine): true | string {
  const stopped = processes.filter(({ title, state }) => title === 'worker' && state === 'T')
  const owners = listeners.filter(({ port }) => port === 8089).flatMap(({ owners }) => owners)
  const workers = new Set(owners.map(({ pid }) => pid))
  if (workers.size < 4) return `Port 8089 has ${count(workers.size, 'worker')}; four are needed.`
  if (stopped.filter(({ pid }) => workers.has(pid)).length !== 1)
    return 'Exactly one of the workers on port 8089 must be stopped; send it the signal STOP.'
  const answered = answers.filter(({ pid }) => workers.has(pid))
  const total = answered.reduce((sum, { count }) => sum + count, 0)
  return total >= 200 || `The last client had ${total} answers from port 8089; 200 are needed.`
}

function count(number: number, word: string): string {
  return `${number === 0 ? 'no' : number} ${word}${number === 1 ? '' : 's'}`
}
