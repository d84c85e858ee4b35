/** What the page checks against the kernel: see its `check` containers. */
import type { Machine, UdpSocket } from 'reuseport-playground/checks'

const PORT = 5004

/** Four UDP sockets on the port, owned by four processes. */
export function four(machine: Machine): true | string {
  return atLeast(4, machine)
}

/** One more. */
export function five(machine: Machine): true | string {
  return atLeast(5, machine)
}

function atLeast(count: number, { udp }: Machine): true | string {
  const sockets = udp.filter(({ port, address }) => port === PORT && address === '127.0.0.1')
  const owners = pidsOf(sockets).length
  if (sockets.length >= count && owners >= count) return true
  return `${sockets.length} UDP sockets with ${owners} workers are on port ${PORT}; ${count} of each are needed.`
}

function pidsOf(sockets: UdpSocket[]): number[] {
  return [...new Set(sockets.flatMap(({ owners }) => owners.map(({ pid }) => pid)))]
}

/** Four workers have joined an address, and of 40 packets each has answered 10: every packet got one answer. */
export function oneAnswer({ udp, answers }: Machine): true | string {
  const members = pidsOf(udp.filter(({ port, address }) => port === 5006 && address.startsWith('239.')))
  if (members.length !== 4)
    return `${members.length} workers have a multicast address on port 5006; four are needed.`
  const counts = answers.filter(({ pid }) => members.includes(pid)).map(({ count }) => count)
  if (counts.join() === '10,10,10,10') return true
  return `The workers have answered ${counts.join(', ') || 'no'} packets; of the last 40 each must answer 10.`
}
