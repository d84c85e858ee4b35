/** What a port is, in words. Pure. */
import type { Listener, UdpSocket } from '../../../playground/protocol.ts'
import type { ListenerGroup } from './groups.ts'

export type Member = Listener | UdpSocket

/** What this is, in a few words; and who gets a connection, or a datagram. */
interface Kind {
  kind: string
  choice: string
}

export function kindOf(group: ListenerGroup<Member>): Kind {
  return isUdp(group.listeners[0]!) ? kindOfUdp(group) : kindOfTcp(group.listeners)
}

export function isUdp(member: Member): member is UdpSocket {
  return 'drops' in member
}

function kindOfTcp(listeners: Member[]): Kind {
  if (listeners.length > 1)
    return {
      kind: `reuseport group of ${listeners.length} listeners`,
      choice: 'the kernel picks one for each connection',
    }
  const owners = new Set(listeners[0]!.owners.map(({ pid }) => pid)).size
  return owners > 1
    ? { kind: `one listener, shared by ${owners} processes`, choice: 'whoever comes first accepts' }
    : { kind: 'one listener', choice: 'one process gets every connection' }
}

function kindOfUdp({ address, listeners }: ListenerGroup<Member>): Kind {
  if (listeners.length > 1)
    return {
      kind: `${listeners.length} UDP sockets`,
      choice: isMulticast(address)
        ? 'each gets a copy of every datagram'
        : 'the kernel picks one for each datagram',
    }
  const owners = new Set(listeners[0]!.owners.map(({ pid }) => pid)).size
  return owners > 1
    ? { kind: `one UDP socket, shared by ${owners} processes`, choice: 'whoever comes first reads' }
    : { kind: 'one UDP socket', choice: 'one process gets every datagram' }
}

function isMulticast(address: string): boolean {
  const first = Number.parseInt(address, address.includes(':') ? 16 : 10)
  return address.includes(':') ? first >= 0xff00 : first >= 224 && first < 240
}
