/** What the picture of a machine shows, and where: a pure function of its state and of the states before. */

import type { Listener, Machine, MachineProcess, UdpSocket } from '../../../playground/protocol.ts'
import { wholePercents } from '../ui/whole-percents.ts'
import { endpoint, groupsOf, type ListenerGroup } from './groups.ts'
import { isUdp, kindOf, type Member } from './kinds.ts'
import { type Marks, OF_CLIENTS } from './workers.ts'

/** One port on one address: the door, the queues behind it, the workers behind those. */
export interface PortPicture {
  /** Stays the same as long as the port is listened on. */
  key: string
  /** `127.0.0.1:8080`. */
  endpoint: string
  /** `:8080`. */
  port: string
  /** Datagrams come, and no connections. */
  udp: boolean
  /** What this is, in a few words; and who gets a connection, or a datagram. */
  kind: string
  choice: string
  queues: QueuePicture[]
  workers: WorkerPicture[]
  /** Which worker takes from which queue, by index. */
  takes: { queue: number; worker: number }[]
  /** What the shares are of: answers as the last client has counted them, else connections that are open. */
  measure: 'answers' | 'connections' | 'nothing'
}

/**
 * `waiting`: somebody is about to accept, or to read; `stuck`: nobody has for a while; `full`: the kernel turns
 * connections away, or drops datagrams.
 */
export type QueueState = 'empty' | 'waiting' | 'stuck' | 'full'

export interface QueuePicture {
  /** Inode of the socket. */
  key: number
  /** Connections; of datagrams, the KB of memory that they take. */
  length: number
  backlog?: number
  /** How full, 0 to 1. */
  part: number
  state: QueueState
  /** What it says of itself. */
  label: string
  /** As `ss` says it. */
  line: string
}

export interface WorkerPicture {
  pid: number
  title: string
  /** Connections that it has open. */
  held: number
  /** Answers, or connections that it has open, by the picture's measure. */
  count: number
  /** Part of all, 0 to 1; of connections, those that wait are among all. */
  share: number
  /** The share in whole percent, rounded so that what the workers have adds up. */
  percent: number
  /** What is remarkable about it. */
  note?: 'stalled' | 'stopped' | 'busy' | 'ended' | 'no listener'
}

/** A queue in which something waits, and of which nothing is taken for so long, is stuck. Milliseconds. */
const STUCK_MS = 1000
/** What datagrams may take at a UDP socket unless it asks for more: the kernel's `rmem_default`. Bytes. */
const ROOM = 212_992
/** Part of a core from which on a process is busy. */
const BUSY = 0.8

/** A machine as it is, and what it was before. */
export interface Seen {
  machine: Machine
  /** Its states so far, oldest first, this one last; between two of them nothing has changed. */
  history: readonly Machine[]
  /** Milliseconds since 1970, by the machine's clock. */
  now: number
  /** Workers are drawn in the order of their letters. */
  marks?: Marks
}

/** One for each port that is listened on, then one for each that receives datagrams. */
export function picturesOf(seen: Seen): PortPicture[] {
  const udp = seen.machine.udp.filter(({ port }) => port < OF_CLIENTS)
  return [...groupsOf(seen.machine), ...groupsOf({ listeners: udp })].map(group => pictureOf(group, seen))
}

/** In words: what somebody who cannot see the picture needs of it. */
export function describe(pictures: PortPicture[]): string {
  if (pictures.length === 0) return 'Nothing listens.'
  return pictures
    .map(({ endpoint, kind, choice, queues, workers }) => {
      const waits = queues.filter(({ length }) => length > 0).map(({ label }) => label)
      const notes = workers
        .filter(({ note }) => note)
        .map(({ title, pid, note }) => `${title} ${pid}: ${note}`)
      return [`${endpoint}: ${kind}, ${choice}`, ...waits, ...notes].join('; ')
    })
    .map(sentence => `${sentence}.`)
    .join(' ')
}

function pictureOf(group: ListenerGroup<Member>, seen: Seen): PortPicture {
  const rank = rankBy(seen.marks ?? [])
  const listeners = group.listeners.toSorted((a, b) => rank(...pidsOf(a)) - rank(...pidsOf(b)))
  const udp = isUdp(listeners[0]!)
  const queues = listeners.map(listener => drawQueue(listener, seen))
  const { measure, workers } = listWorkers(listeners, seen)
  // Of several owners, nobody can say who is to blame.
  const stalled = listeners
    .filter((_, index) => ['stuck', 'full'].includes(queues[index]!.state))
    .filter(({ owners }) => owners.length === 1)
    .map(({ owners }) => owners[0]!.pid)
  for (const worker of workers) if (stalled.includes(worker.pid)) worker.note ??= 'stalled'
  const takes = listeners.flatMap((listener, queue) =>
    listener.owners
      .map(({ pid }) => workers.findIndex(worker => worker.pid === pid))
      .filter((worker, index, all) => worker >= 0 && all.indexOf(worker) === index)
      .map(worker => ({ queue, worker })),
  )
  return {
    key: `${udp ? 'udp ' : ''}${group.family} ${endpoint(group)}`,
    endpoint: endpoint(group),
    port: `:${group.port}`,
    udp,
    ...kindOf(group),
    queues,
    workers,
    takes,
    measure,
  }
}

function drawQueue(member: Member, seen: Seen): QueuePicture {
  return isUdp(member) ? drawReceiveQueue(member, seen) : drawAcceptQueue(member, seen)
}

function drawReceiveQueue(socket: UdpSocket, seen: Seen): QueuePicture {
  const { inode, queue, drops } = socket
  const length = Math.ceil(queue / 1024)
  const full = queue > 0 && isDropping(socket, seen)
  const state = queue === 0 ? 'empty' : full ? 'full' : isStuck(socket, seen) ? 'stuck' : 'waiting'
  const words = { empty: 'nothing waits', waiting: 'wait', stuck: 'wait, nobody reads', full: 'wait, full' }
  const waits = queue === 0 ? words[state] : `${length} KB ${words[state]}`
  return {
    key: inode,
    length,
    part: Math.min(queue / ROOM, 1),
    state,
    label: drops === 0 ? waits : `${waits}, ${drops} dropped so far`,
    line: ssLine(socket),
  }
}

/** Whether the kernel has lately found no room in it. */
function isDropping({ inode, drops }: UdpSocket, { history, now }: Seen): boolean {
  const past = history.filter(({ at }) => at <= now - STUCK_MS).at(-1) ?? history[0]
  const before = past?.udp.find(socket => socket.inode === inode)
  return drops > (before?.drops ?? 0)
}

function drawAcceptQueue(listener: Listener, seen: Seen): QueuePicture {
  const { inode, queue: length, backlog } = listener
  const full = backlog !== undefined && length > backlog
  const state = length === 0 ? 'empty' : full ? 'full' : isStuck(listener, seen) ? 'stuck' : 'waiting'
  const word = { empty: 'nobody waits', waiting: 'wait', stuck: 'wait, nobody accepts', full: 'wait, full' }[
    state
  ]
  return {
    key: inode,
    length,
    backlog,
    // The kernel lets in one more than the backlog says.
    part: backlog === undefined ? Math.min(length, 1) : Math.min(length / (backlog + 1), 1),
    state,
    label: length === 0 ? word : `${length} ${word}`,
    line: ssLine(listener),
  }
}

/** Whether nothing was taken off the queue: it was never longer than the moment after. */
function isStuck({ inode }: Member, { history, now }: Seen): boolean {
  let later = Number.POSITIVE_INFINITY
  for (const machine of history.toReversed()) {
    const { at } = machine
    const queue = membersOf(machine).find(member => member.inode === inode)?.queue ?? 0
    if (queue === 0 || queue > later) return false
    if (now - at >= STUCK_MS) return true
    later = queue
  }
  return false
}

/** Who owns one of the sockets; then who has connections or answers of the port without owning one. */
function listWorkers(
  listeners: Member[],
  { machine, marks = [] }: Seen,
): Pick<PortPicture, 'workers' | 'measure'> {
  const { port } = listeners[0]!
  const udp = isUdp(listeners[0]!)
  const held = new Map<number, number>()
  for (const { server, pid, count, port: at } of udp ? [] : machine.connections)
    if (server && at === port && pid !== undefined) held.set(pid, (held.get(pid) ?? 0) + count)
  const answers = new Map(machine.answers.map(({ pid, count }) => [pid, count]))
  const processes = new Map(machine.processes.map(process => [process.pid, process]))
  const owners = new Map(
    listeners.flatMap(each => each.owners.map(({ pid, title }) => [pid, title] as const)),
  )
  // On a port of several groups, connections and answers may be another one's.
  const elsewhere = new Set(membersOf(machine).flatMap(each => each.owners.map(({ pid }) => pid)))
  const others = new Set([...held.keys(), ...answers.keys()].filter(pid => !elsewhere.has(pid)))
  // What was counted of a server that has ended since says nothing of this one.
  const isCurrent = [...answers.keys()].some(
    pid => owners.has(pid) || (others.has(pid) && processes.has(pid)),
  )
  const counts = isCurrent ? answers : held

  const waiting = isCurrent || udp ? 0 : listeners.reduce((sum, { queue }) => sum + queue, 0)
  const rank = rankBy(marks)
  const inOrder = (some: Iterable<number>) => byNumber(some).sort((a, b) => rank(a) - rank(b))
  const pids = [...inOrder(owners.keys()), ...inOrder(others)].filter(
    pid => owners.has(pid) || processes.has(pid) || isCurrent,
  )
  const all = pids.reduce((sum, pid) => sum + (counts.get(pid) ?? 0), waiting)
  const shares = pids.map(pid => (all === 0 ? 0 : (counts.get(pid) ?? 0) / all))
  const percents = wholePercents(shares)
  const workers = pids.map((pid, index) => ({
    pid,
    title: owners.get(pid) ?? processes.get(pid)?.title ?? 'worker',
    held: held.get(pid) ?? 0,
    count: counts.get(pid) ?? 0,
    share: shares[index]!,
    percent: percents[index]!,
    note: noteOf(processes.get(pid)) ?? (owners.has(pid) ? undefined : ('no listener' as const)),
  }))
  return { workers, measure: isCurrent ? 'answers' : all > 0 ? 'connections' : 'nothing' }
}

/** The place of the first letter among these; who has none comes last. */
function rankBy(marks: Marks): (...pids: number[]) => number {
  const places = new Map(marks.map((pid, index) => [pid, index]))
  return (...pids) => Math.min(...pids.map(pid => places.get(pid) ?? marks.length))
}

function pidsOf({ owners }: Member): number[] {
  return owners.map(({ pid }) => pid)
}

function byNumber(numbers: Iterable<number>): number[] {
  return [...numbers].sort((a, b) => a - b)
}

function noteOf(process: MachineProcess | undefined): WorkerPicture['note'] {
  if (!process || process.state === 'Z') return 'ended'
  if (process.state === 'T' || process.state === 't') return 'stopped'
  return process.cpu >= BUSY ? 'busy' : undefined
}

function membersOf({ listeners, udp }: Machine): Member[] {
  return [...listeners, ...udp]
}

function ssLine(member: Member): string {
  const { queue, owners, uid, inode, ...end } = member
  const users = owners.map(({ title, pid, fd }) => `("${title}",pid=${pid},fd=${fd})`).join(',')
  const user = uid === 0 ? '' : ` uid:${uid}`
  const any = end.family === 4 ? '0.0.0.0:*' : '[::]:*'
  const state = isUdp(member) ? `UNCONN ${queue} 0` : `LISTEN ${queue} ${member.backlog ?? '?'}`
  return `${state} ${endpoint(end)} ${any} users:(${users})${user} ino:${inode}`
}
