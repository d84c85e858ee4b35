/** The end of a program that is told to end: the first signal closes what is open, the next one ends it at once. */

const NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const
/** Milliseconds in which a second signal is the first one again: npm passes Ctrl-C on to who got it from the tty. */
const ECHO_MS = 500
/** Milliseconds that closing may take when nobody is there to press Ctrl-C again. */
const CLOSE_TIMEOUT_MS = 10_000

/**
 * @param close is called once; it ends the process, or leaves nothing that keeps it. If it rejects, the process ends
 * with 1; if it takes too long or a second signal comes, with `status`
 */
export function closeOnSignals(close: (status: number) => Promise<void>): void {
  let since: number | undefined
  for (const [signal, number] of Object.entries(NUMBERS)) {
    const status = 128 + number
    process.on(signal, () => {
      if (since !== undefined) {
        if (performance.now() - since > ECHO_MS) process.exit(status)
        return
      }
      since = performance.now()
      setTimeout(() => {
        console.error(`not everything ended within ${CLOSE_TIMEOUT_MS / 1000} s`)
        process.exit(status)
      }, CLOSE_TIMEOUT_MS).unref()
      close(status).catch(error => {
        console.error(error)
        process.exit(1)
      })
    })
  }
}
