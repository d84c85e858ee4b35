/** Who watches a machine hears of each change in it; while nobody does, nothing is read. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Machine } from '../protocol.ts'
import type { MachineReader } from './reader.ts'

/** From one reading to the next: of a machine that is still, and of one that has just changed. Milliseconds. */
const PAUSE_MS = 200
const PAUSE_MOVING_MS = 50
const LONGEST_PAUSE_MS = 2000
/** Readings may take this part of a core in the long run, and be ahead of it by so many milliseconds for a while. */
const SHARE = 0.02
const AHEAD_MS = 20

type Reader = Pick<MachineReader, 'read'>

const watches = new WeakMap<Reader, Watch>()

interface Watch {
  watchers: Set<Watcher>
  last?: Machine
}

interface Watcher {
  onChange(machine: Machine): void
  onEnd?(error: Error): void
}

/**
 * Calls back with the machine as it is, and then whenever anything but its `at` has changed: within 300 ms as long as
 * a reading costs less than 4 ms, and for some seconds when it costs twice that; then later, but never more than 2 %
 * of a core. While it goes on changing, it is read four times as often, within the same bound. All watchers of one
 * reader share its readings.
 * @param onEnd when a reading has failed: the sandbox has ended, or the reader is closed; nothing follows
 * @returns ends it
 */
export function watchMachine(
  reader: Reader,
  onChange: Watcher['onChange'],
  onEnd?: Watcher['onEnd'],
): () => void {
  const watch = watches.get(reader) ?? { watchers: new Set() }
  const { watchers, last } = watch
  const watcher = { onChange, onEnd }
  watchers.add(watcher)
  if (watchers.size > 1) {
    if (last) onChange(last)
  } else {
    watches.set(reader, watch)
    poll(reader, watch)
  }
  return () => {
    watchers.delete(watcher)
    // The next one begins anew: what was seen last is old by then.
    if (watchers.size === 0 && watches.get(reader) === watch) watches.delete(reader)
  }
}

async function poll(reader: Reader, watch: Watch): Promise<void> {
  let text: string | undefined
  let ahead = 0
  let at = performance.now()
  while (watch.watchers.size > 0) {
    const before = process.threadCpuUsage()
    let machine: Machine
    try {
      machine = await reader.read()
    } catch (error) {
      watches.delete(reader)
      for (const { onEnd } of watch.watchers) onEnd?.(error as Error)
      return
    }
    const { user, system } = process.threadCpuUsage(before)
    const now = JSON.stringify({ ...machine, at: 0 })
    const moves = now !== text
    if (moves) {
      text = now
      watch.last = machine
      for (const { onChange } of watch.watchers) onChange(machine)
    }
    const since = performance.now() - at
    at += since
    ahead = Math.max(ahead + (user + system) / 1000 - since * SHARE, 0)
    const pause = Math.max(moves ? PAUSE_MOVING_MS : PAUSE_MS, (ahead - AHEAD_MS) / SHARE)
    await delay(Math.min(pause, LONGEST_PAUSE_MS), undefined, { ref: false })
  }
}
