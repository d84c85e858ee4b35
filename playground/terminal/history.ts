/** What a pane's shell has printed, and the picture of its screen for a page that comes later. */
import { setImmediate } from 'node:timers/promises'
import { createMirror, type Mirror, type TerminalSize } from './mirror.ts'
import { createModes } from './modes.ts'
import { createRing } from './ring.ts'
import { wholeLength } from './whole.ts'

/** Bytes of output kept raw. */
export const RING_BYTES = 1024 * 1024

export interface History {
  /** Offset after the last byte. Bytes since the shell's start. */
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
  /** Part of a processor that may go into parsing what the ring gives up; of the rest the modes are kept. @default 0.05 */
  share?: number
}

/** Part of the ring that is given up at once where no mirror parses it: in bulk it is cheap. */
const STEP = 1 / 16
/** A cut is moved to the next line when that is not farther than this. Bytes. */
const LINE_BYTES = 4096
/** Leaves the ring in one go, bytes: they are parsed in under a millisecond. */
const PIECE = 16 * 1024
/** Processor time that the mirror may use up at once after a quiet while, milliseconds: keystrokes wait as long. */
const BURST_MS = 10
/** The ring gives up nothing for so long when a flood is over. Milliseconds. */
const QUIET_MS = 250
/** A sequence that is cut may be so long; the rest of a longer one is text. Bytes. */
const MAX_BEGUN = 4096
/** The mirror is drawn anew after this many bytes, which sheds what hostile output piles up in it. */
const REDRAW_BYTES = 8 * 1024 * 1024
/** More changes of size than this between two kept bytes push the older bytes out. */
const MAX_SIZES = 256
/** A picture is drawn in slices of this length, so that keystrokes are not held up. Milliseconds. */
const SLICE_MS = 8
/** The clock is looked at so often. The dearest bytes that a program can find take some 50 milliseconds. */
const SLICE_BYTES = 4096
const NOTHING = Buffer.alloc(0)

/**
 * Bytes that leave the ring go into a mirror, a terminal that knows the screen at the ring's start. It parses 22 MB/s
 * where a pty yields 50–70, so it has a small share of the time: in a flood it is given up, and of what leaves then
 * the modes alone are kept. The ring holds more than a page's scrollback. A new mirror begins when the flood is over.
 */
export function createHistory(size: TerminalSize, options: HistoryOptions = {}): History {
  const { capacity = RING_BYTES, share = 0.05 } = options
  let ring = createRing(capacity)
  let modes = createModes()
  /** What the ring has given up of the character or sequence at its start. */
  let begun: Buffer = NOTHING
  /** The size at the ring's start, and those that follow, each with the offset from which it holds. */
  const sizes: { at: number; size: TerminalSize }[] = [{ at: 0, size }]
  let mirror: Mirror | undefined
  let mirrored = 0
  const budget = createBudget(share)
  let drawing: { at: number; size: object; picture: Promise<{ bytes: Buffer; at: number }> } | undefined

  const history: History & { end: number } = {
    end: 0,
    push(bytes) {
      const most = Math.max(1, Math.floor(capacity / 2))
      for (let from = 0; from < bytes.length; from += most) {
        const part = bytes.length <= most ? bytes : bytes.subarray(from, from + most)
        const excess = ring.end - ring.start + part.length - capacity
        if (excess > 0) evict(excess, Math.max(excess, Math.floor(capacity * STEP)))
        ring.push(part)
      }
      history.end = ring.end
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
      history.end = 0
    },
  }
  return history

  /**
   * Gives up the oldest bytes, up to the next line where one is near.
   *
   * @param least as many at least
   * @param bulk as many where that costs next to nothing; a mirror parses them, and keystrokes wait meanwhile
   */
  function evict(least: number, bulk = least): void {
    const isQuiet = budget.quiet() || mirrored === 0
    const isFull = budget.spend(0) === BURST_MS
    if (!mirror && isFull && isQuiet) beginMirror(modes.draw())
    const from = ring.start + Math.max(mirror ? least : bulk, 1) - 1
    const newline = ring.read(from, LINE_BYTES)!.indexOf(10)
    const cut = Math.min(ring.end, from + 1 + Math.max(newline, 0))
    for (;;) {
      const next = sizes[1]
      if (next && next.at <= ring.start) {
        sizes.shift()
        mirror?.resize(next.size)
      } else if (ring.start < cut) {
        const bytes = ring.view(ring.start, Math.min(PIECE, cut - ring.start, (next?.at ?? cut) - ring.start))
        pass(bytes)
        ring.drop(ring.start + bytes.length)
      } else return
    }
  }

  /** Moves the state at the ring's start past these bytes. */
  function pass(bytes: Buffer): void {
    const all = begun.length > 0 ? Buffer.concat([begun, bytes]) : bytes
    const whole = wholeLength(all)
    const rest = all.length - whole
    begun = rest > 0 && rest <= MAX_BEGUN ? Buffer.from(all.subarray(whole)) : NOTHING
    if (mirror) mirrorBytes(bytes)
    else modes.scan(all.subarray(0, whole))
  }

  function mirrorBytes(bytes: Buffer): void {
    // Not by the clock: on a busy machine most of that is for others, and a mirror given up loses the screen.
    const before = process.threadCpuUsage()
    mirror!.write(bytes)
    mirrored += bytes.length
    if (mirrored > REDRAW_BYTES) beginMirror(mirror!.draw())
    const { user, system } = process.threadCpuUsage(before)
    if (budget.spend((user + system) / 1000) >= 0) return
    modes = createModes(mirror!.drawModes())
    endMirror()
  }

  function beginMirror(state: string): void {
    endMirror()
    mirror = createMirror(sizes[0]!.size)
    mirror.write(state)
    mirror.write(begun)
    mirrored = 0
  }

  function endMirror(): void {
    mirror?.close()
    mirror = undefined
  }

  async function draw(): Promise<{ bytes: Buffer; at: number }> {
    const { start, end: at } = ring
    const bytes = ring.read(start, capacity)!
    const before = [Buffer.from(mirror ? mirror.draw() : modes.draw()), begun]
    const all = Buffer.concat([begun, bytes])
    const changes = sizes.map(({ at, size }) => ({ size, from: Math.max(at - start, 0) }))
    const drawn = await inTurn(() => drawAfter(before, bytes, changes))
    return { bytes: Buffer.concat([Buffer.from(drawn), all.subarray(wholeLength(all))]), at }
  }
}

/**
 * @param before what the bytes come after
 * @param sizes of the terminal, each with the byte from which it holds; the first at 0
 * @returns its picture at their end
 */
async function drawAfter(
  before: Buffer[],
  bytes: Buffer,
  [first, ...changes]: { size: TerminalSize; from: number }[],
): Promise<string> {
  const screen = createMirror(first!.size)
  try {
    for (const part of before) await parse(screen, part)
    let done = 0
    for (const { size, from } of changes) {
      await parse(screen, bytes.subarray(done, from))
      screen.resize(size)
      done = from
    }
    await parse(screen, bytes.subarray(done))
    return screen.draw()
  } finally {
    screen.close()
  }
}

/** The part of the time that may be used up. */
function createBudget(share: number) {
  let left = BURST_MS
  let at = performance.now()
  return {
    /** Whether nothing was asked for a while. */
    quiet: () => performance.now() - at > QUIET_MS,
    /** @returns what is left, with what the time since the last call allows; milliseconds */
    spend(milliseconds: number): number {
      const now = performance.now()
      left = Math.min(BURST_MS, left - milliseconds + (now - at) * share)
      at = now
      return left
    },
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
