/** What has happened between two states of a machine, as far as they tell. Pure. */
import type { Machine } from '../../../playground/protocol.ts'

export type MachineEvent =
  /** Connections that the kernel has made, `TcpPassiveOpens`; by worker where only one can have got them. */
  | { kind: 'arrived'; count: number; pid?: number }
  /** A client has counted these answers of a worker. */
  | { kind: 'answered'; count: number; pid: number }
  /** Turned away because a queue was full; reset; gone over to another listener. */
  | { kind: 'overflow' | 'reset' | 'migrated'; count: number }
  /** A program has said that the kernel refused it a port which is taken. */
  | { kind: 'refused'; count: number }
  /** A process has a listener that it did not have; or has ended with one; or stands still, and goes on. */
  | { kind: 'listens' | 'died' | 'stopped' | 'continued'; pid: number }

/** In a time in which nothing has started over. */
export function eventsBetween(before: Machine, after: Machine): MachineEvent[] {
  const counted = (name: keyof Machine['counters']) => after.counters[name] - before.counters[name]
  const counts = [
    { kind: 'arrived' as const, count: counted('accepted'), ...onlyOwner(before, after) },
    { kind: 'overflow' as const, count: counted('overflows') },
    { kind: 'reset' as const, count: counted('resets') },
    { kind: 'migrated' as const, count: counted('migrated') },
    { kind: 'refused' as const, count: (after.refused ?? 0) - (before.refused ?? 0) },
  ]
  return [
    ...counts.filter(({ count }) => count > 0),
    ...answersBetween(before, after),
    ...changesOf(before, after),
  ]
}

/** A client's counts come at once, when it has ended. */
function answersBetween(before: Machine, after: Machine): MachineEvent[] {
  if (JSON.stringify(before.answers) === JSON.stringify(after.answers)) return []
  return after.answers.map(({ pid, count }) => ({ kind: 'answered', pid, count }))
}

function changesOf(before: Machine, after: Machine): MachineEvent[] {
  const [had, has] = [ownersIn(before), ownersIn(after)]
  const [was, is] = [before, after].map(
    ({ processes }) => new Map(processes.map(({ pid, state }) => [pid, state])),
  )
  const isStopped = (state?: string) => state === 'T' || state === 't'
  const listens = [...has].filter(pid => !had.has(pid)).map(pid => ({ kind: 'listens' as const, pid }))
  const rest = [...had].flatMap((pid): MachineEvent[] => {
    if (!is!.has(pid) || is!.get(pid) === 'Z') return [{ kind: 'died', pid }]
    if (isStopped(was!.get(pid)) === isStopped(is!.get(pid))) return []
    return [{ kind: isStopped(is!.get(pid)) ? 'stopped' : 'continued', pid }]
  })
  return [...listens, ...rest]
}

function ownersIn({ listeners }: Machine): Set<number> {
  return new Set(listeners.flatMap(({ owners }) => owners.map(({ pid }) => pid)))
}

function onlyOwner(before: Machine, after: Machine): { pid?: number } {
  const pids = new Set([...ownersIn(before), ...ownersIn(after)])
  return pids.size === 1 ? { pid: [...pids][0] } : {}
}

/** An event, and when it was seen: milliseconds since 1970, by the machine's clock. */
export type SeenEvent = MachineEvent & { at: number }

const known = new WeakMap<Machine, SeenEvent[]>()

/** All of a history, oldest first. */
export function eventsIn(history: readonly Machine[]): SeenEvent[] {
  return history.flatMap((machine, index) => {
    const before = history[index - 1]
    if (!before) return []
    const events =
      known.get(machine) ?? eventsBetween(before, machine).map(event => ({ ...event, at: machine.at }))
    known.set(machine, events)
    return events
  })
}

/** What goes wrong, or changes who works: worth a sign, and a word. */
export function isRemarkable({ kind }: MachineEvent): boolean {
  return kind !== 'arrived' && kind !== 'answered'
}

/** In a few words, with the worker's letter where it has one. */
export function sayEvent(event: MachineEvent, letterOf: (pid: number) => string | undefined): string {
  if ('pid' in event && event.pid !== undefined) {
    const name = letterOf(event.pid) ?? `process ${event.pid}`
    if (event.kind === 'answered') return `${name} answered ${event.count}`
    if (event.kind !== 'arrived')
      return `${name} ${{ listens: 'listens', died: 'has ended', stopped: 'stands still', continued: 'goes on' }[event.kind]}`
  }
  const { count } = event as { count: number }
  return {
    arrived: `${count} came`,
    overflow: `${count} turned away: a queue is full`,
    reset: `${count} reset or refused`,
    migrated: `${count} moved to another listener`,
    refused: count === 1 ? 'a start refused: the port is taken' : `${count} starts refused`,
  }[event.kind as 'arrived']!
}
