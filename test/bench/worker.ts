/** What a server under test that is written in Node says to the bench that has started it. */

export type Question = 'collect'
export type Answer = { port: number } | 'collected'

/** Tells the port, and collects garbage whenever it is asked to, so that memory can be compared. */
export function answerParent(port: number): void {
  process.on('message', (question: Question) => {
    if (question !== 'collect') return
    // Twice: what the first leaves to finalizers the second takes.
    globalThis.gc?.()
    globalThis.gc?.()
    process.send?.('collected' satisfies Answer)
  })
  process.send?.({ port } satisfies Answer)
}
