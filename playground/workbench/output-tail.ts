/** Bytes of which the last ones are kept. Keeping them costs next to nothing. */
export interface OutputTail {
  push(bytes: Buffer): void
  text(): string
  /** Whether something is missing at its beginning. */
  readonly isCut: boolean
  clear(): void
}

/** @param most bytes; whole pieces are dropped, so it may be a little more */
export function createOutputTail(most: number): OutputTail {
  let chunks: Buffer[] = []
  let kept = 0

  const tail = {
    isCut: false,
    push(bytes: Buffer) {
      chunks.push(bytes)
      kept += bytes.length
      while (kept - chunks[0]!.length >= most) {
        kept -= chunks.shift()!.length
        tail.isCut = true
      }
    },
    text: () => Buffer.concat(chunks).toString(),
    clear() {
      chunks = []
      kept = 0
      tail.isCut = false
    },
  }
  return tail
}
