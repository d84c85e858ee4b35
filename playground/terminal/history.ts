/** What a pane's shell has printed, and the picture of its screen for a page that comes later. */
import { setImmediate } from 'node:timers/promises'
import { createMirror, type Mirror, type TerminalSize } from './mirror.ts'
import { createCarry } from './modes.ts'
import { createRing } from './ring.ts'

/** Bytes of output kept raw. */
export const RING_BYTES = 1024 * 1024

export interface History {
  /** Offset of the first byte that is still kept, and the offset after the last. Bytes since the shell's start. */
  readonly start: number
  readonly end: number
  /** Takes output. The bytes are copied. */
  push(bytes: Uint8Array): void
  /** The terminal has this size from here on. */
  resize(size: TerminalSize): void
  /** A copy of the bytes from `from` on, at most `most` of them; undefined where `from` is not kept. */
  read(from: number, most: number): Buffer | undefined
  /**
   * Bytes that draw the screen (and scrollback, modes, cursor) as it is after offset `at`, the end at the time of
   * the call, on a cleared terminal of the current size.
   * Calls at the same time are fine.
   */
  picture(): Promise<{ bytes: Buffer; at: number }>
  /** Frees what it holds. */
  close(): void
}

export interface HistoryOptions {
  /** Bytes of output kept raw. @default RING_BYTES */
  capacity?: number
  /** Part of a processor that may go into parsing what the ring gives up; the rest is only scanned. @default 0.05 */
  share?: number
}

/** Part of the ring that is given up at once: in bulk it is cheap. */
const STEP = 1 / 16
/** A cut is moved to the next line when that is not farther than this. Bytes. */
const LINE_BYTES = 4096
/** Parsed in one go, bytes: under a millisecond. */
const PIECE = 16 * 1024
/** Processor time that the mirror may use up at once after a quiet while, milliseconds: keystrokes wait as long. */
const BURST_MS = 10
/** The ring gives up nothing for so long when a flood is over. Milliseconds. */
const QUIET_MS = 250
/** The mirror is drawn anew after this many bytes, which sheds what hostile output piles up in it. */
const REDRAW_BYTES = 8 * 1024 * 1024
/** More changes of size than this between two kept bytes push the older bytes out. */
const MAX_SIZES = 256
/** A picture is drawn in slices of this length, so that keystrokes are not held up. Milliseconds. */
const SLICE_MS = 8
/** The clock is looked at so often. The dearest bytes that a program can find take some 50 milliseconds. */
const SLICE_BYTES = 4096

/**
 * Bytes that leave the ring go into a mirror, a terminal that knows the screen at the ring's start. It parses 22 MB/s
 * where a pty yields 50–70, so it has a small share of the time: in a flood it is given up, and a scan that is many
 * times faster carries the modes and colours. Then the ring holds more than a page's scrollback. A new mirror begins
 * when the flood is over.
 */
export function createHistory(size: TerminalSize, options: HistoryOptions = {}): History {
  const { capacity = RING_BYTES, share = 0.05 } = options
  let ring = createRing(capacity)
  let carry = createCarry()
  /** The size at the ring's start, and those that follow, each with the offset from which it holds. */
  const sizes: { at: number; size: TerminalSize }[] = [{ at: 0, size }]
  let mirror: Mirror | undefined
  let mirrored = 0
  let allowance = BURST_MS
  let allowedAt = performance.now()
  let drawing: { at: number; size: object; picture: Promise<{ bytes: Buffer; at: number }> } | undefined

  return {
    get start() {
      return ring.start
    },
    get end() {
      return ring.end
    },
    push(bytes) {
      const most = Math.max(1, Math.floor(capacity / 2))
      for (let from = 0; from < bytes.length; from += most) {
        const part = bytes.length <= most ? bytes : bytes.subarray(from, from + most)
        const excess = ring.end - ring.start + part.length - capacity
        if (excess > 0) evict(Math.max(excess, Math.floor(capacity * STEP)))
        ring.push(part)
      }
    },
    resize(next) {
      const last = sizes.at(-1)!
      if (last.size.columns === next.columns && last.size.rows === next.rows) return
      sizes.push({ at: ring.end, size: next })
      if (sizes.length > MAX_SIZES) evict(sizes[MAX_SIZES / 2]!.at - ring.start)
    },
    read: (from, most) => ring.read(from, most),
    picture() {
      const size = sizes.at(-1)!
      if (drawing?.at !== ring.end || drawing.size !== size) {
        const current = { at: ring.end, size, picture: draw() }
        const forget = () => {
          if (drawing === current) drawing = undefined
        }
        current.picture.then(forget, forget)
        drawing = current
      }
      return drawing.picture
    },
    close() {
      mirror?.close()
      mirror = undefined
      ring = createRing(capacity)
      carry = createCarry()
    },
  }

  /** Gives up at least so many of the oldest bytes, up to the next line where one is near. */
  function evict(least: number): void {
    const from = ring.start + Math.max(least, 1) - 1
    const newline = ring.read(from, LINE_BYTES)!.indexOf(10)
    const cut = Math.min(ring.end, from + 1 + Math.max(newline, 0))
    for (;;) {
      const next = sizes[1]
      if (next && next.at <= ring.start) {
        sizes.shift()
        mirror?.resize(next.size)
        carry.resize()
      } else if (ring.start < cut) {
        const bytes = ring.view(ring.start, Math.min(PIECE, cut - ring.start, (next?.at ?? cut) - ring.start))
        pass(bytes)
        ring.drop(ring.start + bytes.length)
      } else return
    }
  }

  /** Moves the state at the ring's start past these bytes. */
  function pass(bytes: Buffer): void {
    const isQuiet = performance.now() - allowedAt > QUIET_MS || mirrored === 0
    allow()
    if (!mirror && allowance === BURST_MS && isQuiet) beginMirror(carry.settings())
    // Not by the clock: on a busy machine most of that is for others, and a mirror given up loses the screen.
    const before = process.threadCpuUsage()
    mirror?.write(bytes)
    carry.scan(bytes)
    mirrored += bytes.length
    if (mirror && mirrored > REDRAW_BYTES) beginMirror(mirror.draw())
    if (!mirror) return
    const { user, system } = process.threadCpuUsage(before)
    allowance -= (user + system) / 1000
    allow()
    if (allowance < 0) endMirror()
  }

  /** What the time since the last call allows. */
  function allow(): void {
    const now = performance.now()
    allowance = Math.min(BURST_MS, allowance + (now - allowedAt) * share)
    allowedAt = now
  }

  function beginMirror(state: string): void {
    endMirror()
    mirror = createMirror(sizes[0]!.size)
    mirror.write(state)
    mirror.write(carry.unfinished())
    mirrored = 0
  }

  function endMirror(): void {
    mirror?.close()
    mirror = undefined
  }

  async function draw(): Promise<{ bytes: Buffer; at: number }> {
    const { start, end: at } = ring
    const bytes = ring.read(start, capacity)!
    const [first, ...changes] = sizes
    const begun = carry.unfinished()
    const base = Buffer.concat([Buffer.from(mirror ? mirror.draw() : carry.settings()), begun])
    return inTurn(async () => {
      const screen = createMirror(first!.size)
      try {
        await parse(screen, base)
        let from = 0
        for (const change of changes) {
          await parse(screen, bytes.subarray(from, change.at - start))
          screen.resize(change.size)
          from = change.at - start
        }
        await parse(screen, bytes.subarray(from))
        const rest = createCarry()
        rest.scan(begun)
        rest.scan(bytes)
        return { bytes: Buffer.concat([Buffer.from(screen.draw()), rest.unfinished()]), at }
      } finally {
        screen.close()
      }
    })
  }
}

let turn: Promise<unknown> = Promise.resolve()

/** One picture at a time in the whole process: each takes some MB while it is drawn. */
function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  const result = turn.then(work)
  turn = result.catch(() => {})
  return result
}

async function parse(screen: Mirror, bytes: Buffer): Promise<void> {
  let since = performance.now()
  for (let from = 0; from < bytes.length; from += SLICE_BYTES) {
    screen.write(bytes.subarray(from, from + SLICE_BYTES))
    if (performance.now() - since < SLICE_MS) continue
    await setImmediate()
    since = performance.now()
  }
}
