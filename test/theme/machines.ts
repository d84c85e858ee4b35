/** States of a machine, as short as they can be written. */
import type {
  ConnectionGroup,
  Listener,
  Machine,
  MachineProcess,
  UdpSocket,
} from '../../playground/protocol.ts'

export const NOTHING = {
  overflows: 0,
  drops: 0,
  resets: 0,
  migrated: 0,
  accepted: 0,
  datagrams: 0,
  unread: 0,
}

export function machine(changes: Partial<Machine> = {}): Machine {
  return {
    at: 0,
    listeners: [],
    connections: [],
    udp: [],
    processes: [],
    counters: NOTHING,
    answers: [],
    ...changes,
  }
}

export function listener(inode: number, pids: number[], changes: Partial<Listener> = {}): Listener {
  const owners = pids.map(pid => ({ pid, title: 'worker', fd: 3 }))
  return {
    family: 4,
    address: '127.0.0.1',
    port: 8080,
    uid: 0,
    inode,
    queue: 0,
    backlog: 511,
    owners,
    ...changes,
  }
}

export function udpSocket(inode: number, pids: number[], changes: Partial<UdpSocket> = {}): UdpSocket {
  const { backlog, ...common } = listener(inode, pids, { port: 5004 })
  return { ...common, drops: 0, ...changes }
}

export function process(pid: number, changes: Partial<MachineProcess> = {}): MachineProcess {
  return { pid, parent: 1, title: 'worker', state: 'S', cpu: 0, ...changes }
}

export const held = (pid: number | undefined, count: number): ConnectionGroup => ({
  port: 8080,
  state: 'ESTAB',
  server: true,
  pid,
  count,
})
