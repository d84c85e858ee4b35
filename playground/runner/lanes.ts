/** Several pieces of work at once, until one of them has to be alone. */

export interface TurnOptions {
  /** Pieces that are under way at once, 1 or more; one that waits to be alone counts. */
  limit: number
  /** Once aborted, nothing more is begun, and what waits to be alone is refused with an error. */
  signal: AbortSignal
}

/** Resolves when nothing else is at work; from then on nothing is, until this piece has ended. */
export type Alone = () => Promise<void>

/**
 * Does `work` for all items; they begin in their order.
 *
 * @returns what came of each, in the items' order
 * @throws the first error, when everything has ended: what the others have open must be closed
 */
export async function inTurns<Item, Out>(
  items: readonly Item[],
  { limit, signal }: TurnOptions,
  work: (item: Item, alone: Alone) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = Array(items.length)
  /** Pieces at work; one that waits to be alone is not. */
  let working = 0
  let held = false
  const waiting: (() => void)[] = []
  const entering: (() => void)[] = []
  let next = 0

  const lanes = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, lane))
  for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason
  return results

  async function lane(): Promise<void> {
    for (;;) {
      while (held) await new Promise<void>(resolve => entering.push(resolve))
      const index = next++
      if (index >= items.length || signal.aborted) return
      let mine = false
      working++
      try {
        results[index] = await work(items[index]!, async () => {
          if (!mine) await turn()
          mine = true
        })
      } finally {
        working--
        if (mine) held = false
        pass()
      }
    }
  }

  function turn(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(new Error('stopped'))
      const refuse = () => {
        waiting.splice(waiting.indexOf(go), 1)
        working++
        reject(new Error('stopped'))
      }
      const go = () => {
        signal.removeEventListener('abort', refuse)
        held = true
        working++
        resolve()
      }
      working--
      waiting.push(go)
      signal.addEventListener('abort', refuse, { once: true })
      pass()
    })
  }

  function pass(): void {
    if (held) return
    if (working === 0) waiting.shift()?.()
    if (!held) for (const enter of entering.splice(0)) enter()
  }
}
