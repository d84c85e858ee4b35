/** Who watches a machine hears of each change in it; while nobody does, nothing is read. */
import { setTimeout as delay } from 'node:timers/promises'
import type { MachineReader } from './machine.ts'
import type { Machine } from './protocol.ts'

/** From one reading to the next. Milliseconds. */
const PAUSE_MS = 200
const LONGEST_PAUSE_MS = 2000
/** A reading may take up to one part in this of the time until the next: 2 % of a core. */
const PARTS = 50

const watches = new WeakMap<MachineReader, Watch>()

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
 * a reading costs less than 4 ms. All watchers of one reader share its readings.
 * @param onEnd when a reading has failed: the sandbox has ended, or the reader is closed; nothing follows
 * @returns ends it
 */
export function watchMachine(
  reader: MachineReader,
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

async function poll(reader: MachineReader, watch: Watch): Promise<void> {
  let text: string | undefined
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
    if (now !== text) {
      text = now
      watch.last = machine
      for (const { onChange } of watch.watchers) onChange(machine)
    }
    const cost = (user + system) / 1000
    await delay(Math.min(Math.max(PAUSE_MS, cost * PARTS), LONGEST_PAUSE_MS), undefined, { ref: false })
  }
}
