/** How far a shell may run ahead of one page's terminal. Pure. */

/** Above this many bytes sent and not yet parsed the shell is paused. */
export const HIGH_WATER = 256 * 1024
/** Below this many it goes on. */
export const LOW_WATER = 64 * 1024

export interface Flow {
  /** Counts bytes sent to the page. */
  sent(bytes: number): void
  /**
   * Takes the page's running total of parsed bytes. Totals only grow, and never beyond what was sent: a lost
   * or repeated acknowledgement heals with the next, and one that lies gains at most what was sent.
   */
  acknowledged(total: number): void
  /** Whether this page wants the shell to wait. */
  readonly full: boolean
}

export function createFlow(): Flow {
  let sent = 0
  let parsed = 0
  const flow = {
    full: false,
    sent(bytes: number) {
      sent += bytes
      if (sent - parsed > HIGH_WATER) flow.full = true
    },
    acknowledged(total: number) {
      parsed = Math.min(Math.max(parsed, total), sent)
      if (sent - parsed < LOW_WATER) flow.full = false
    },
  }
  return flow
}
