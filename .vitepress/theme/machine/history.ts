/** What a machine was before; and its last minute, second by second: what came, what waited, what went wrong. Pure. */
import type { Machine } from '../../../playground/protocol.ts'

/** What the time line shows. Milliseconds. */
const SHOWN_MS = 60_000
/** What can be seen again: so long ago, and so many states of it. */
const KEPT_MS = 600_000
const MOST = 2000

/** One second. */
export interface Second {
  /** Connections that came in, and datagrams. Accepted by the kernel, connections may still wait for a worker to do so. */
  accepted: number
  /** Most connections that waited in all queues together. */
  waiting: number
  /** Turned away because a queue was full, reset, and datagrams that were not read in time. */
  lost: number
}

/** @returns a new history: with the machine at its end, without what is too old but for one state */
export function remember(history: readonly Machine[], machine: Machine): Machine[] {
  // A machine that counts less than before has started over.
  const last = history.at(-1)
  const kept = last && arrivals(last) > arrivals(machine) ? [] : history
  const first = kept.findLastIndex(({ at }) => at <= machine.at - KEPT_MS)
  return [...kept.slice(Math.max(first, kept.length + 1 - MOST, 0)), machine]
}

/**
 * The last 60 seconds, oldest first.
 * @param states oldest first; between two of them nothing has changed
 * @param now milliseconds since 1970, by the machine's clock
 */
export function secondsOf(states: readonly Machine[], now: number): Second[] {
  const seconds = Array.from(
    { length: SHOWN_MS / 1000 },
    (): Second => ({ accepted: 0, waiting: 0, lost: 0 }),
  )
  const indexOf = (at: number) => Math.floor((at - (now - SHOWN_MS)) / 1000)
  states.forEach((machine, index) => {
    // What was counted before the first state that is known happened at no known time.
    const before = states[index - 1] ?? machine
    const second = seconds[Math.min(indexOf(machine.at), seconds.length - 1)]
    if (second) {
      second.accepted += arrivals(machine) - arrivals(before)
      second.lost += losses(machine) - losses(before)
    }
    const until = states[index + 1]?.at ?? now
    const waiting = machine.listeners.reduce((sum, { queue }) => sum + queue, 0)
    for (let i = Math.max(indexOf(machine.at), 0); i <= indexOf(until) && i < seconds.length; i++)
      seconds[i]!.waiting = Math.max(seconds[i]!.waiting, waiting)
  })
  return seconds
}

/** Connections and datagrams so far. */
export function arrivals({ counters: { accepted, datagrams } }: Machine): number {
  return accepted + datagrams
}

export function losses({ counters: { overflows, resets, unread } }: Machine): number {
  return overflows + resets + unread
}
