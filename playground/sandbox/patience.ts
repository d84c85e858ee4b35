/** How long this process waits for others. */

/** How many times as long as on a machine that is not emulated. Set once, before anything begins. */
export let slowness = 1

export function setSlowness(factor: number): void {
  slowness = factor
}

/** @param milliseconds within which it comes on a busy machine */
export function patience(milliseconds: number): number {
  return milliseconds * slowness
}
