import { ACK_EVERY } from '../../../playground/protocol.ts'

export interface Counter {
  /** A hello came: this many bytes of picture follow, then this many that were printed before. */
  restart(picture: number, old: number): void
  /** To be called when bytes arrive; returns how many of them are the shell's output, not the picture. */
  live(bytes: number): number
  /** To be called when these bytes are parsed; what was sent before a `hello` no longer counts after it. */
  expect(bytes: number): () => void
  /** Whether the screen still draws what was printed before. */
  isOld(): boolean
}

/**
 * Counts the bytes that the screen has parsed and acknowledges their total every `ACK_EVERY`, so that the
 * server never runs further ahead than the screen can follow.
 *
 * @param onCurrent called when all old bytes have been parsed
 */
export function createCounter(acknowledge: (total: number) => void, onCurrent: () => void): Counter {
  let hello = 0
  let parsed = 0
  let acknowledged = 0
  let old = 0
  /** Bytes of the picture that are still to come. */
  let picture = 0
  return {
    restart(pictureBytes, oldBytes) {
      hello += 1
      parsed = acknowledged = 0
      picture = pictureBytes
      old = pictureBytes + oldBytes
    },
    live(bytes) {
      const drawn = Math.min(picture, bytes)
      picture -= drawn
      return bytes - drawn
    },
    expect(bytes) {
      const mine = hello
      return () => {
        if (mine !== hello) return
        const wasOld = parsed < old
        parsed += bytes
        if (wasOld && parsed >= old) onCurrent()
        if (parsed - acknowledged < ACK_EVERY) return
        acknowledged = parsed
        acknowledge(parsed)
      }
    },
    isOld: () => parsed < old,
  }
}
