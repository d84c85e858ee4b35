/** Milliseconds before the first and, doubling, before every later attempt. */
const BACKOFF = { first: 500, most: 8000 }

export interface RetryTimer {
  /** An attempt is due. */
  readonly waiting: boolean
  /** Calls for the next attempt, later each time. */
  wait(): void
  /** The next attempt comes soon again. */
  reset(): void
  /** Nothing is due any more. */
  cancel(): void
}

/**
 * When to try again.
 *
 * @param attempt is due now
 * @param tick told at once and each second while an attempt is due: how many seconds are left
 */
export function createRetryTimer(
  attempt: () => void,
  tick: (seconds: number) => void = () => {},
): RetryTimer {
  let timer: ReturnType<typeof setTimeout> | undefined
  let delay = BACKOFF.first

  return {
    get waiting() {
      return timer !== undefined
    },
    wait() {
      // Jitter: a room full of pages must not come back in the same instant.
      const milliseconds = delay * (0.75 + Math.random() / 2)
      delay = Math.min(delay * 2, BACKOFF.most)
      countDown(performance.now() + milliseconds)
    },
    reset() {
      delay = BACKOFF.first
    },
    cancel,
  }

  function countDown(until: number): void {
    const left = until - performance.now()
    if (left <= 0) {
      cancel()
      attempt()
      return
    }
    tick(Math.ceil(left / 1000))
    timer = setTimeout(countDown, Math.min(left, 1000), until)
  }

  function cancel(): void {
    clearTimeout(timer)
    timer = undefined
  }
}
