import type { Terminal } from '@xterm/xterm'

/** Milliseconds that nothing was printed, and milliseconds after which it is looked at in a flood. */
const PAUSE_MS = 60
const LONGEST_MS = 500

/**
 * Calls back when what a terminal shows has changed and rests for a moment, and in a flood twice a second.
 *
 * @returns to have it called soon, and to end it
 */
export function whenSettled(terminal: Terminal, look: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined
  let due = 0
  const events = [terminal.onWriteParsed(soon), terminal.onScroll(soon), terminal.onResize(soon)]

  return {
    soon,
    end(): void {
      clearTimeout(timer)
      for (const event of events) event.dispose()
    },
  }

  function soon(): void {
    const now = performance.now()
    if (timer === undefined) due = now + LONGEST_MS
    clearTimeout(timer)
    timer = setTimeout(call, Math.min(PAUSE_MS, Math.max(due - now, 0)))
  }

  function call(): void {
    timer = undefined
    look()
  }
}
