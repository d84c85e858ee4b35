import { ref, shallowRef } from 'vue'
import type { Machine } from '../../../playground/protocol.ts'
import { tab } from '../ui/remembered.ts'
import { arrivals } from './history.ts'
import { type Marks, markWorkers } from './workers.ts'

export type Workers = ReturnType<typeof createWorkers>

/**
 * The workers of one sandbox, and the one that the reader points at: it lights up wherever it is seen.
 *
 * @param name of the sandbox: a page that is loaded again gives the same letters
 */
export function createWorkers(name: string) {
  const store = `workers-${name}`
  const marks = shallowRef<Marks>([])
  const lit = ref<number>()
  let known: Marks | undefined
  let last: Machine | undefined

  return {
    marks,
    lit,
    see(machine: Machine): void {
      // One that counts less than before has started over.
      if (last && arrivals(last) > arrivals(machine)) clear()
      last = machine
      known ??= recall(machine)
      const next = markWorkers(known, machine)
      if (next !== known) tab.store(store, next.join(' '))
      known = next
      marks.value = next
    },
    clear,
  }

  /** Another sandbox: its pids are others'. */
  function clear(): void {
    last = undefined
    known = []
    marks.value = []
    lit.value = undefined
    tab.store(store, '')
  }

  /** Where none of them is left, it may be another sandbox. */
  function recall({ processes }: Machine): Marks {
    const pids = (tab.recall(store) ?? '').split(' ').filter(Boolean).map(Number)
    return pids.some(pid => processes.some(process => process.pid === pid)) ? pids : []
  }
}
