/** The last bytes of a stream, with their offsets. */
export interface Ring {
  /** Offset of the first byte that is kept, and the offset after the last. */
  readonly start: number
  readonly end: number
  /** Bytes of memory held. */
  readonly held: number
  /** Appends; the oldest bytes make room where `capacity` is reached. The bytes are copied. */
  push(bytes: Uint8Array): void
  /** Forgets what lies before this offset. */
  drop(offset: number): void
  /** A copy of at most `most` bytes from `from` on; undefined where those are not kept. */
  read(from: number, most: number): Buffer | undefined
  /** The same without a copy, valid until the next push: at least one byte, and as many as lie together. */
  view(from: number, most: number): Buffer
}

/** Most panes print a few KB: memory doubles from here. */
const FIRST_BYTES = 4096

export function createRing(capacity: number): Ring {
  let memory = Buffer.alloc(0)
  let start = 0
  let end = 0

  return {
    get start() {
      return start
    },
    get end() {
      return end
    },
    get held() {
      return memory.length
    },
    push(bytes) {
      const kept = bytes.length > capacity ? bytes.subarray(bytes.length - capacity) : bytes
      end += bytes.length
      start = Math.max(start, end - capacity)
      if (end - start > memory.length) grow(end - kept.length)
      const at = (end - kept.length) % memory.length || 0
      const first = Math.min(kept.length, memory.length - at)
      memory.set(first === kept.length ? kept : kept.subarray(0, first), at)
      if (first < kept.length) memory.set(kept.subarray(first), 0)
    },
    drop(offset) {
      start = Math.min(Math.max(start, offset), end)
    },
    read(from, most) {
      if (from < start || from > end) return undefined
      return copy(from, Math.min(end, from + most))
    },
    view(from, most) {
      const at = from % memory.length
      return memory.subarray(at, Math.min(memory.length, at + Math.min(most, end - from)))
    },
  }

  /** @param until offset up to which bytes are in memory already */
  function grow(until: number): void {
    let length = Math.max(memory.length, FIRST_BYTES)
    while (length < end - start) length *= 2
    const old = copy(start, until)
    const grown = Buffer.allocUnsafeSlow(Math.min(length, capacity))
    const at = start % grown.length
    const first = Math.min(old.length, grown.length - at)
    grown.set(old.subarray(0, first), at)
    grown.set(old.subarray(first), 0)
    memory = grown
  }

  function copy(from: number, to: number): Buffer {
    if (to <= from) return Buffer.alloc(0)
    const result = Buffer.allocUnsafe(to - from)
    const at = from % memory.length
    const first = Math.min(result.length, memory.length - at)
    result.set(memory.subarray(at, at + first))
    result.set(memory.subarray(0, result.length - first), first)
    return result
  }
}
