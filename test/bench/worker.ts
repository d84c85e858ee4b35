/** What a server under test that is written in Node says to the bench that has started it. */

import { getHeapCodeStatistics } from 'node:v8'

export type Question = 'collect'
export type Answer = { port: number } | Kept
/** Bytes of its objects and of their buffers; what is compiled meanwhile is not counted. */
export interface Kept {
  kept: number
}

/** Tells the port, and collects garbage whenever it is asked to, so that memory can be compared. */
export function answerParent(port: number): void {
  process.on('message', (question: Question) => {
    if (question !== 'collect') return
    // To the last: else what is compared is how large the place for young objects has grown, some MB or none. Twice:
    // what the first leaves to finalizers the second takes.
    for (let time = 0; time < 2; time++)
      globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
    const { heapUsed, external } = process.memoryUsage()
    const { code_and_metadata_size: code, bytecode_and_metadata_size: bytecode } = getHeapCodeStatistics()
    process.send?.({ kept: heapUsed + external - code - bytecode } satisfies Answer)
  })
  process.send?.({ port } satisfies Answer)
}
