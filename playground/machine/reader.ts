/** The observed state of a sandbox: `/proc` → Machine. */

import type { Machine, MachineProcess } from '../protocol.ts'
import type { Sandbox } from '../sandbox/kind.ts'
import type { ProcessStat } from '../sandbox/process-stat.ts'
import { createBacklogs } from './backlogs.ts'
import { createMembers } from './members.ts'
import { parseCounters } from './net-tables.ts'
import { createMachineSockets, type Pulse, readPulse, type Sockets } from './sockets.ts'

export interface MachineReader {
  /**
   * One reading, of `/proc` alone: a few hundred microseconds when nothing has moved since the one before, some
   * 4 ms with 1000 connections. One that finds a new listener runs `ss`, some 10 ms.
   * Readings asked for at the same time are one.
   * @throws Error when the sandbox has ended, or the reader is closed
   */
  read(): Promise<Machine>
  close(): void
}

/** Of a sandbox. */
export type MachineReaderOptions = Pick<
  Sandbox,
  'kind' | 'proc' | 'self' | 'keepers' | 'migrateReq' | 'beside' | 'env'
>

/** A socket that changes hands, and a listener in another's place, may leave no trace: read all after this long. */
const READ_ALL_MS = 2000
/** Ticks of processor time in a second, as the kernel counts them for user space. */
const TICKS = 100

/** Where the sandbox has no network of its own (`none`), counters begin with the first reading: others count there, too. */
export function createMachineReader(options: MachineReaderOptions): MachineReader {
  const { kind, proc, self, keepers, env } = options
  const shared = kind === 'none'
  const net = `${self}/net`
  const listMembers = createMembers(proc, shared ? `PLAYGROUND_SANDBOX=${env.PLAYGROUND_SANDBOX}` : undefined)
  const machineSockets = createMachineSockets({ proc, self, shared })
  const backlogs = createBacklogs(options)
  let baseline: Machine['counters'] | undefined
  let before: { at: number; allAt: number; members: ProcessStat[]; sockets: Sockets } | undefined
  let reading: Promise<Machine> | undefined
  let closed = false

  return {
    read() {
      reading ??= read().finally(() => {
        reading = undefined
      })
      return reading
    },
    close() {
      closed = true
    },
  }

  async function read(): Promise<Machine> {
    if (closed) throw new Error('the reader is closed')
    const migrateReq = options.migrateReq()
    const at = performance.now()
    const pulse = readPulse(net)
    if (!pulse.snmp) throw new Error('the sandbox has ended')
    const counters = readCounters(pulse)
    if (shared) baseline ??= counters
    const members = listMembers(at).filter(({ pid }) => !keepers.includes(pid))
    const still = before && at - before.allAt < READ_ALL_MS && machineSockets.areStill(pulse, members)
    const sockets = still ? before!.sockets : machineSockets.read(pulse, members, at)
    const processes = describeProcesses(members, before?.members, at - (before?.at ?? at))
    before = { at, allAt: still ? before!.allAt : at, members, sockets }
    return {
      at: Date.now(),
      ...sockets,
      listeners: await backlogs.fill(sockets.listeners),
      processes,
      counters: subtract(counters, baseline),
      migrateReq: migrateReq === undefined ? undefined : migrateReq === '1',
      answers: [],
    }
  }
}

function readCounters({ snmp, snmp6, netstat }: Pulse): Machine['counters'] {
  const tcp = parseCounters(snmp, 'Tcp')
  const extended = parseCounters(netstat, 'TcpExt')
  const udp = parseCounters(snmp, 'Udp')
  const udp6 = (name: string) => Number(new RegExp(`^Udp6${name}\\s+(\\d+)`, 'm').exec(snmp6)?.[1] ?? 0)
  return {
    overflows: extended('ListenOverflows'),
    drops: extended('ListenDrops'),
    resets: tcp('OutRsts'),
    migrated: extended('TCPMigrateReqSuccess'),
    accepted: tcp('PassiveOpens'),
    datagrams: udp('InDatagrams') + udp6('InDatagrams'),
    unread: udp('RcvbufErrors') + udp6('RcvbufErrors'),
  }
}

function subtract(counters: Machine['counters'], baseline?: Machine['counters']): Machine['counters'] {
  if (!baseline) return counters
  const names = Object.keys(counters) as (keyof Machine['counters'])[]
  return Object.fromEntries(
    names.map(name => [name, counters[name] - baseline[name]]),
  ) as unknown as Machine['counters']
}

/** @param elapsed milliseconds since the reading that found `before` */
function describeProcesses(
  members: ProcessStat[],
  before: ProcessStat[] = [],
  elapsed = 0,
): MachineProcess[] {
  const last = new Map(before.map(({ pid, start, ticks }) => [`${pid} ${start}`, ticks]))
  return members.map(({ pid, parent, title, state, start, ticks }) => {
    const ran = ticks - (last.get(`${pid} ${start}`) ?? ticks)
    const cpu = elapsed > 0 ? Math.round((ran / TICKS / elapsed) * 1000 * 100) / 100 : 0
    return { pid, parent, title, state, cpu }
  })
}
