/** The last bytes of a stream, with their offsets. */
export interface Ring {
  /** Offset of the first byte that is kept, and the offset after the last. */
  readonly start: number
  readonly end: number
  /** Appends; the oldest bytes make room where `capacity` is reached. The bytes are copied. */
  push(bytes: Uint8Array): void
  /** Forgets what lies before this offset. */
  drop(offset: number): void
  /** A copy of at most `most` bytes from `from` on; undefined where those are not kept. */
  read(from: number, most: number): Buffer | undefined
  /** The same without a copy, valid until the next push: at least one byte, and as many as lie together. */
  view(from: number, most: number): Buffer
}

/** Most panes print a prompt and wait: memory doubles from here. */
const FIRST_BYTES = 512
const NOTHING = Buffer.alloc(0)

export function createRing(capacity: number): Ring {
  let memory = NOTHING
  const ring = {
    start: 0,
    end: 0,
    push(bytes: Uint8Array) {
      const kept = bytes.length > capacity ? bytes.subarray(bytes.length - capacity) : bytes
      ring.end += bytes.length
      ring.start = Math.max(ring.start, ring.end - capacity)
      if (ring.end - ring.start > memory.length) grow(ring.end - kept.length)
      const at = (ring.end - kept.length) % memory.length || 0
      const first = Math.min(kept.length, memory.length - at)
      memory.set(first === kept.length ? kept : kept.subarray(0, first), at)
      if (first < kept.length) memory.set(kept.subarray(first), 0)
    },
    drop(offset: number) {
      ring.start = Math.min(Math.max(ring.start, offset), ring.end)
    },
    read(from: number, most: number) {
      if (from < ring.start || from > ring.end) return undefined
      return copy(from, Math.min(ring.end, from + most))
    },
    view(from: number, most: number) {
      const at = from % memory.length
      return memory.subarray(at, Math.min(memory.length, at + Math.min(most, ring.end - from)))
    },
  }
  return ring

  /** @param until offset up to which bytes are in memory already */
  function grow(until: number): void {
    let length = Math.max(memory.length, FIRST_BYTES)
    while (length < ring.end - ring.start) length *= 2
    const old = copy(ring.start, until)
    const grown = Buffer.allocUnsafeSlow(Math.min(length, capacity))
    const at = ring.start % grown.length
    const first = Math.min(old.length, grown.length - at)
    grown.set(old.subarray(0, first), at)
    grown.set(old.subarray(first), 0)
    memory = grown
  }

  function copy(from: number, to: number): Buffer {
    if (to <= from) return NOTHING
    const result = Buffer.allocUnsafe(to - from)
    const at = from % memory.length
    const first = Math.min(result.length, memory.length - at)
    result.set(memory.subarray(at, at + first))
    result.set(memory.subarray(0, result.length - first), first)
    return result
  }
}
