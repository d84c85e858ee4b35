/** Whether the reader wants nothing to move; asked when something would. */
export function wantsStills(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches
}
