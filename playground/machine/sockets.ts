/** The sockets of a sandbox and who has them: the part of a machine that is long to read. */

import type { ConnectionGroup, Machine, Owner } from '../protocol.ts'
import type { ProcessStat } from '../sandbox/process-stat.ts'
import {
  type IdRange,
  LISTEN,
  parseIdMap,
  parseInUse,
  parseSockets,
  type Socket,
  stateName,
  type Table,
} from './net-tables.ts'
import { readProcText, readTable } from './proc-file.ts'
import { createSocketOwners, type Place } from './socket-owners.ts'

export type Sockets = Pick<Machine, 'listeners' | 'connections' | 'udp'>

/** Small files that say that something has happened, whole. Empty where this kernel has no such file. */
export type Pulse = Record<(typeof PULSE)[number], string>

export interface MachineSockets {
  /** All of them; what has not changed since the last call is not looked for again. `now` is in milliseconds. */
  read(pulse: Pulse, members: ProcessStat[], now: number): Sockets
  /** Whether nothing has happened since the last `read`, as far as it leaves a trace. */
  areStill(pulse: Pulse, members: ProcessStat[]): boolean
}

/** Listeners, groups of connections, and UDP sockets that are told of, each: no page could show more. */
const MOST = 1000
/** More than there are. */
const STATES = 16
const PORTS = 65_536
/** What the kernel calls users that a sandbox does not have. */
const NOBODY = 65_534
const PULSE = ['snmp', 'snmp6', 'netstat', 'sockstat', 'sockstat6'] as const

/** @param net a folder like `/proc/net` */
export function readPulse(net: string): Pulse {
  const texts = PULSE.map(file => [file, readProcText(`${net}/${file}`) ?? ''] as const)
  const pulse = Object.fromEntries(texts) as Pulse
  // These are of the whole machine, other networks included.
  return { ...pulse, sockstat: pulse.sockstat.replace(/ (orphan|alloc|mem|memory) \d+/g, '') }
}

export interface MachineSocketsOptions {
  /** A folder like `/proc`. */
  proc: string
  /** Folder in it of a process that lives in the sandbox's network. */
  self: string
  /** The network is not the sandbox's own: only what its processes hold is shown. */
  shared: boolean
}

export function createMachineSockets({ proc, self, shared }: MachineSocketsOptions): MachineSockets {
  const net = `${self}/net`
  const owners = createSocketOwners(proc)
  const uids = parseIdMap(readProcText(`${self}/uid_map`) ?? '')
  /** Ports that were ever listened on: a connection outlives its listener. */
  const served = new Set<number>()
  let seenIPv6 = false
  let before: { pulse: Pulse; members: ProcessStat[]; sockets: Sockets } | undefined

  return {
    read(pulse, members, now) {
      const tcp = [...readSockets('tcp'), ...readTCP6(pulse)]
      // Clients of a load may be connected by the thousand, and nobody else can send to them.
      const udp = [...readSockets('udp'), ...readSockets('udp6')].filter(
        ({ port, remotePort }) => port !== 0 && remotePort === 0,
      )
      const inodes = new Set([...tcp, ...udp].map(({ inode }) => inode).filter(inode => inode !== 0))
      const places = owners.find(members, inodes, now)
      const isOurs = ({ inode }: Socket) => !shared || places.has(inode)
      const listening = tcp.filter(socket => socket.state === LISTEN && isOurs(socket))
      for (const { port } of listening) served.add(port)

      const titles = new Map(members.map(({ pid, title }) => [pid, title]))
      const describe = (socket: Socket) => ({
        ...endOf(socket),
        uid: inside(socket.uid, uids),
        owners: (places.get(socket.inode) ?? []).map(
          ({ pid, fd }): Owner => ({ pid, title: titles.get(pid) ?? '', fd }),
        ),
      })
      const sockets = {
        listeners: inOrder(listening).slice(0, MOST).map(describe),
        connections: groupConnections(tcp, places),
        udp: inOrder(udp.filter(isOurs))
          .slice(0, MOST)
          .map(socket => ({ ...describe(socket), drops: socket.drops })),
      }
      before = { pulse, members, sockets }
      return sockets
    },
    areStill(pulse, members) {
      if (!before) return false
      // A queue is emptied without a packet.
      const queued = [...before.sockets.listeners, ...before.sockets.udp].some(({ queue }) => queue > 0)
      if (queued || namesOf(before.members) !== namesOf(members)) return false
      return PULSE.every(file => before!.pulse[file] === pulse[file]) && !owners.haveMoved(members)
    },
  }

  function readSockets(name: Table): Socket[] {
    const bytes = readTable(`${net}/${name}`)
    return bytes ? parseSockets(bytes, name) : []
  }

  /** Reading it costs a millisecond even where it is empty. Connections in TIME-WAIT are counted for both families. */
  function readTCP6({ sockstat, sockstat6 }: Pulse): Socket[] {
    const inUse = parseInUse(sockstat6, 'TCP6') > 0
    const sockets = inUse || (seenIPv6 && !/ tw 0$/m.test(sockstat)) ? readSockets('tcp6') : []
    seenIPv6 = sockets.length > 0
    return sockets
  }

  function groupConnections(tcp: Socket[], places: Map<number, Place[]>): ConnectionGroup[] {
    const groups = new Map<number, ConnectionGroup>()
    for (const { port, remotePort, state, inode } of tcp) {
      if (state === LISTEN) continue
      const server = served.has(port)
      const pid = places.get(inode)?.[0]?.pid
      // What nobody of ours holds is ours if it goes to a port of ours.
      if (shared && pid === undefined && !server && !served.has(remotePort)) continue
      const common = server ? port : remotePort
      // One number for all four: making a text of them takes longer than all the rest.
      const key = (((pid ?? 0) * 2 + Number(server)) * STATES + state) * PORTS + common
      const found = groups.get(key)
      if (found) found.count++
      else groups.set(key, { port: common, state: stateName(state), pid, server, count: 1 })
    }
    const sorted = [...groups.values()].sort(
      (a, b) =>
        a.port - b.port ||
        Number(b.server) - Number(a.server) ||
        a.state.localeCompare(b.state) ||
        (a.pid ?? 0) - (b.pid ?? 0),
    )
    return sorted.slice(0, MOST)
  }
}

/** By port, address and age; one that was printed twice, because the table changed meanwhile, is there once. */
function inOrder(sockets: Socket[]): Socket[] {
  const byInode = new Map(sockets.map(socket => [socket.inode, socket]))
  return [...byInode.values()].sort(
    (a, b) => a.port - b.port || a.address!.localeCompare(b.address!) || a.inode - b.inode,
  )
}

function endOf({ family, address, port, inode, queue }: Socket) {
  return { family, address: address!, port, inode, queue }
}

/** The kernel prints the reader's number for a user; the sandbox has another one for the same. */
function inside(uid: number, ranges: IdRange[]): number {
  const range = ranges.find(({ outside, count }) => uid >= outside && uid < outside + count)
  return range ? uid - range.outside + range.inside : NOBODY
}

function namesOf(members: ProcessStat[]): string {
  return members.map(({ pid, start, title }) => `${pid} ${start} ${title}`).join('\n')
}
