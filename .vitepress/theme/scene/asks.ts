/** What a reader asks of a world, one thing after another. */
export interface Asks {
  /** After what was asked before; of several that wait under the same key only the last one is asked. */
  add(key: string, request: object): void
  /** Whether one whose key begins so, with a space behind it, waits or is on its way. */
  has(word: string): boolean
  /** Forgets those that wait. */
  clear(): void
}

/** @param ask never rejects; calls its second argument when the answer is there, before it says what came of it */
export function createAsks(ask: (request: object, over: () => void) => Promise<void>): Asks {
  const waiting = new Map<string, object>()
  let asked: string | undefined

  async function askAll(): Promise<void> {
    for (let [first] = waiting; first; [first] = waiting) {
      const [key, request] = first
      asked = key
      waiting.delete(key)
      await ask(request, () => {
        asked = undefined
      })
    }
  }

  return {
    add(key, request) {
      waiting.set(key, request)
      if (asked === undefined) void askAll()
    },
    has: word => [...waiting.keys(), asked].some(key => key?.startsWith(`${word} `)),
    clear: () => waiting.clear(),
  }
}
