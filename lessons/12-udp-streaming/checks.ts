/** What the page checks against the kernel: see its `check` containers. */
import type { Machine, UdpSocket } from '../../playground/protocol.ts'

const PORT = 5004

/** Four UDP sockets on the port, owned by four processes. */
export function four(machine: Machine): true | string {
  return atLeast(4, machine)
}

/** One more. */
export function five(machine: Machine): true | string {
  return atLeast(5, machine)
}

/** The workers that have joined a multicast address have all answered, and equally often. */
export function copies({ udp, answers }: Machine): true | string {
  const members = udp.filter(({ port, address }) => port === PORT && address.startsWith('239.'))
  if (members.length < 2)
    return `${members.length} sockets have a multicast address on port ${PORT}; two are needed.`
  const pids = pidsOf(members)
  const counts = answers.filter(({ pid }) => pids.includes(pid)).map(({ count }) => count)
  if (counts.length < pids.length)
    return `${counts.length} of ${pids.length} workers have answered; send packets to that address.`
  return (
    new Set(counts).size === 1 || `They have answered ${counts.join(', ')} packets; equal counts are needed.`
  )
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
