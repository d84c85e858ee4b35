/** What a server under test that is written in Node says to the bench that has started it. */

export type Question = 'collect'
export type Answer = { port: number } | 'collected'

/** Tells the port, and collects garbage whenever it is asked to, so that memory can be compared. */
export function answerParent(port: number): void {
  process.on('message', (question: Question) => {
    if (question !== 'collect') return
    // To the last: else what is compared is how large the place for young objects has grown, some MB or none. Twice:
    // what the first leaves to finalizers the second takes.
    for (let time = 0; time < 2; time++)
      globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
    process.send?.('collected' satisfies Answer)
  })
  process.send?.({ port } satisfies Answer)
}
