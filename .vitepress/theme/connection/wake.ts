/** Milliseconds between two looks at the clock, and how much later than that one has to come to mean sleep. */
const LOOK = 5000
const SLEPT = 10_000

/**
 * Calls back when the page may have been away: back from another tab, from sleep, or from a lost network.
 *
 * @returns what ends it
 */
export function onWake(listener: () => void): () => void {
  const visible = () => {
    if (document.visibilityState === 'visible') listener()
  }
  document.addEventListener('visibilitychange', visible)
  addEventListener('online', listener)
  addEventListener('pageshow', listener)
  // A laptop's lid makes no event: the clock has moved on, the timer has not.
  let last = Date.now()
  const clock = setInterval(() => {
    const now = Date.now()
    if (now - last > LOOK + SLEPT) listener()
    last = now
  }, LOOK)
  return () => {
    document.removeEventListener('visibilitychange', visible)
    removeEventListener('online', listener)
    removeEventListener('pageshow', listener)
    clearInterval(clock)
  }
}
