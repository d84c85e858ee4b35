/** How much one seat may have open at once, so that it takes nothing from the others. */
import type { Refusal } from './refusal.ts'

/** Counts one more of the holder's, until what it returns is called once; or refuses it, 503. */
export type Bound = (holder: object) => Refusal | (() => void)

/** @param reason what is refused beyond `most`, for people */
export function createBound(most: number, reason: string): Bound {
  const counts = new WeakMap<object, number>()
  return holder => {
    const count = counts.get(holder) ?? 0
    if (count >= most) return { status: 503, reason }
    counts.set(holder, count + 1)
    return () => counts.set(holder, counts.get(holder)! - 1)
  }
}
