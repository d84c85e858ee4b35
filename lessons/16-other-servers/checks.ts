/** What the page checks against the kernel: see its `check` containers. */
import type { Listener, Machine } from 'reuseport-playground/checks'

const PLAIN = 8080
const SHARDED = 8081
const DNS = 5353

/** nginx: one listener and four, each held by the master and by all four workers. */
export function oneAndFour(machine: Machine): true | string {
  const [plain, sharded] = [onPort(machine, PLAIN), onPort(machine, SHARDED)]
  if (plain.length !== 1 || sharded.length !== 4)
    return `Port ${PLAIN} has ${counted(plain.length, 'listener')}, port ${SHARDED} ${sharded.length}; there must be 1 and 4.`
  const fewest = Math.min(...[...plain, ...sharded].map(({ owners }) => pidsOf(owners).size))
  return fewest === 5 || `One of the listeners is held by ${counted(fewest, 'process')}; there must be 5.`
}

/** Connections wait at one of four listeners, and a worker is stopped. */
export function oneQueueWaits(machine: Machine): true | string {
  if (stopped(machine) === 0) return 'No worker is stopped; send one of them the signal STOP.'
  const full = onPort(machine, SHARDED).filter(({ queue }) => queue > 0)
  if (full.length === 1 && onPort(machine, PLAIN).every(({ queue }) => queue === 0)) return true
  return `Connections wait at ${counted(full.length, 'listener')} of port ${SHARDED}; it must be one.`
}

/** All have been answered, and there are four workers again. */
export function queueSurvived(machine: Machine): true | string {
  const sharded = onPort(machine, SHARDED)
  if (sharded.length !== 4)
    return `Port ${SHARDED} has ${counted(sharded.length, 'listener')}; there must be 4.`
  if (sharded.some(({ queue }) => queue > 0)) return 'Connections wait; kill the worker that is stopped.'
  if (stopped(machine) > 0) return 'A worker is stopped; kill it.'
  const { accepted } = machine.counters
  return accepted >= 800 || `${counted(accepted, 'connection')} came so far; send 400 to each port.`
}

/** HAProxy twice: two processes, and on the plain port a listener for each. */
export function twoHaproxies(machine: Machine): true | string {
  const plain = onPort(machine, PLAIN)
  const owners = plain.flatMap(({ owners }) => owners).filter(({ title }) => title === 'haproxy')
  if (plain.length === 2 && pidsOf(owners).size === 2) return true
  return `Port ${PLAIN} has ${counted(plain.length, 'listener')}, held by ${pidsOf(owners).size} of HAProxy's processes; there must be 2 and 2.`
}

/** Knot: a UDP socket for each worker, one TCP listener for all. */
export function udpByWorker(machine: Machine): true | string {
  const udp = machine.udp.filter(({ port }) => port === DNS).length
  const tcp = onPort(machine, DNS).length
  return (udp === 4 && tcp === 1) || `Port ${DNS} has ${udp} UDP and ${tcp} TCP; there must be 4 and 1.`
}

function onPort(machine: Machine, wanted: number): Listener[] {
  return machine.listeners.filter(({ port }) => port === wanted)
}

function pidsOf(owners: Listener['owners']): Set<number> {
  return new Set(owners.map(({ pid }) => pid))
}

function stopped(machine: Machine): number {
  return machine.processes.filter(({ state }) => state === 'T').length
}

function counted(count: number, noun: string): string {
  const plural = noun.endsWith('s') ? `${noun}es` : `${noun}s`
  return `${count} ${count === 1 ? noun : plural}`
}

/** nginx with three listeners that four processes hold, and HAProxy with two in one process. */
export function shapes(machine: Machine): true | string {
  const shapeOf = (port: number, title: string) =>
    onPort(machine, port)
      .map(({ owners }) => pidsOf(owners.filter(owner => owner.title === title)).size)
      .join(' and ')
  const [nginx, haproxy] = [shapeOf(8082, 'nginx'), shapeOf(8083, 'haproxy')]
  if (nginx !== '4 and 4 and 4')
    return `Each of nginx's listeners on port 8082 is held by ${nginx || 'nobody'}; it must be 4 and 4 and 4 processes.`
  return (
    haproxy === '1 and 1' ||
    `Each of HAProxy's listeners on port 8083 is held by ${haproxy || 'nobody'}; it must be 1 and 1.`
  )
}
