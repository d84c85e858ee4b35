/** What has happened to each worker over time, from the states of a machine: drawn as swim lanes. Pure. */
import type { Machine } from '../../../playground/protocol.ts'
import { eventsIn } from './events.ts'
import { arrivals, losses } from './history.ts'
import { letterOf, type Marks } from './workers.ts'

/** A time in which connections come, wait or go. Milliseconds since 1970, by the machine's clock. */
export interface Run {
  from: number
  to: number
}

/** One for each worker, or for a queue that several workers share. */
export interface Lane {
  key: string
  /** Undefined: the queue that is shared. */
  pid?: number
  /** In order, without gaps; only what is not empty. */
  stretches: Stretch[]
}

export interface Stretch extends Run {
  /** Connections in the accept queue. */
  waiting: number
  /** Connections that the worker has accepted and not closed. */
  working: number
}

/** So much stillness ends a run. Milliseconds. */
const STILL_MS = 1500
/** Shown before the first change and after the last one: a change is seen some time after it has happened. */
const MARGIN_MS = 250

/** Oldest first. A run goes on as long as somebody waits. A worker that ends and a start that is refused are one, too. */
export function runsOf(history: readonly Machine[]): Run[] {
  const runs: Run[] = []
  history.forEach((machine, index) => {
    const before = history[index - 1]
    if (!before || !moves(before, machine)) return
    const last = runs.at(-1)
    const goesOn = last && (machine.at - last.to <= STILL_MS || waitingIn(before) > 0)
    if (goesOn) last.to = machine.at
    else runs.push({ from: machine.at, to: machine.at })
  })
  return runs.map(({ from, to }) => ({ from: from - MARGIN_MS, to: to + MARGIN_MS }))
}

/** @returns those of workers that had a connection or a listener meanwhile, in the order of their letters */
export function lanesOf(history: readonly Machine[], { from, to }: Run, marks: Marks): Lane[] {
  const first = Math.max(
    history.findLastIndex(({ at }) => at <= from),
    0,
  )
  const lanes = new Map<string, Lane>()
  for (let index = first; index < history.length && history[index]!.at < to; index++) {
    const begin = Math.max(history[index]!.at, from)
    const end = Math.min(history[index + 1]?.at ?? to, to)
    for (const part of partsOf(history[index]!)) {
      const lane = lanes.get(part.key) ?? { key: part.key, pid: part.pid, stretches: [] }
      lanes.set(part.key, lane)
      if (part.waiting + part.working === 0 || end <= begin) continue
      const { waiting, working } = part
      const last = lane.stretches.at(-1)
      if (last?.to === begin && last.waiting === waiting && last.working === working) last.to = end
      else lane.stretches.push({ from: begin, to: end, waiting, working })
    }
  }
  const rank = ({ pid }: Lane) => (pid === undefined ? -1 : marks.indexOf(pid))
  return [...lanes.values()]
    .filter(({ pid, stretches }) => (pid === undefined ? stretches.length > 0 : marks.includes(pid)))
    .sort((a, b) => rank(a) - rank(b))
}

type Part = Pick<Lane, 'key' | 'pid'> & Pick<Stretch, 'waiting' | 'working'>

function partsOf({ listeners, connections }: Machine): Part[] {
  const parts = new Map<string, Part>()
  const partOf = (pid?: number): Part => {
    const key = pid === undefined ? 'shared' : String(pid)
    const part = parts.get(key) ?? { key, pid, waiting: 0, working: 0 }
    parts.set(key, part)
    return part
  }
  for (const { owners, queue } of listeners) {
    const pids = new Set(owners.map(({ pid }) => pid))
    for (const pid of pids) partOf(pid)
    partOf(pids.size === 1 ? owners[0]!.pid : undefined).waiting += queue
  }
  for (const { server, pid, count } of connections)
    if (server && pid !== undefined) partOf(pid).working += count
  return [...parts.values()]
}

function moves(before: Machine, after: Machine): boolean {
  if (motionOf(before) !== motionOf(after)) return true
  return eventsIn([before, after]).some(({ kind }) => kind === 'died' || kind === 'refused')
}

const motions = new WeakMap<Machine, string>()

/** Changes when something comes, waits, is taken, is closed or is lost. */
function motionOf(machine: Machine): string {
  let motion = motions.get(machine)
  if (motion === undefined) {
    const parts = partsOf(machine).filter(({ waiting, working }) => waiting + working > 0)
    motion = JSON.stringify([arrivals(machine), losses(machine), parts])
    motions.set(machine, motion)
  }
  return motion
}

export function waitingIn({ listeners }: Machine): number {
  return listeners.reduce((sum, { queue }) => sum + queue, 0)
}

/** In words: what somebody who cannot see the lanes needs of them. */
export function describeLanes(lanes: readonly Lane[], { from, to }: Run, marks: Marks): string {
  const told = lanes.map(({ pid, stretches }) => {
    const name = pid === undefined ? 'the shared queue' : `worker ${letterOf(marks, pid)}`
    const most = (part: 'waiting' | 'working') => Math.max(0, ...stretches.map(stretch => stretch[part]))
    return `${name}: up to ${most('waiting')} waited${pid === undefined ? '' : `, up to ${most('working')} were held`}`
  })
  return `${((to - from) / 1000).toFixed(1)} seconds. ${told.join('; ')}.`
}
