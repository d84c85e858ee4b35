export interface Keyboard {
  /** Takes what is typed; it is sent in order, now or when there is a shell again. */
  type(bytes: Uint8Array): void
  /** The server has so many bytes, in all. */
  arrived(total: number): void
  /** The same shell as before is back, and has so many bytes: the rest is sent again. */
  resume(total: number): void
  /** Another shell is here. What was typed for the one before is not for it. Returns whether that was anything. */
  restart(isFirst: boolean): boolean
  /** The shell is to be another one: what it has not confirmed is not for that one, what is typed from now on is. */
  drop(): void
  /** Nothing can be sent for now. */
  pause(): void
}

/** Bytes in one message; far below what a frame may hold. */
const CHUNK = 64 * 1024
/** Bytes on the way that the server has not confirmed: a program that reads nothing must not fill its memory. */
const WINDOW = 256 * 1024
/** Bytes that may wait. */
const MOST = 4 * 1024 * 1024

/** Keeps what is typed until the server has it, so that nothing is lost or doubled when the connection is. */
export function createKeyboard(
  send: (bytes: Uint8Array) => void,
  onNotice: (message: string) => void,
): Keyboard {
  let queue: Uint8Array[] = []
  /** Offsets in all that was typed: where the queue begins, where it ends, and what has been sent. */
  let begin = 0
  let end = 0
  let sent = 0
  let open = false

  return {
    type(bytes) {
      if (end - begin + bytes.length > MOST) {
        onNotice(`Not typed: more than ${MOST >> 20} MiB would wait for a program to read them.`)
        return
      }
      // In pieces, each a copy: what is sent must not be a view of more.
      for (let at = 0; at < bytes.length; at += CHUNK) queue.push(bytes.slice(at, at + CHUNK))
      end += bytes.length
      pump()
    },
    arrived,
    resume(total) {
      open = false
      arrived(total)
      sent = begin
      open = true
      pump()
    },
    restart(isFirst) {
      const lost = !isFirst && end > begin
      if (!isFirst) queue = []
      end = queue.reduce((sum, { length }) => sum + length, 0)
      begin = sent = 0
      open = true
      pump()
      return lost
    },
    drop() {
      queue = []
      begin = sent = end
    },
    pause() {
      open = false
    },
  }

  function arrived(total: number): void {
    let gone = Math.min(total, end) - begin
    while (gone > 0) {
      const [first] = queue
      const part = Math.min(gone, first!.length)
      if (part === first!.length) queue.shift()
      else queue[0] = first!.subarray(part)
      begin += part
      gone -= part
    }
    sent = Math.max(sent, begin)
    pump()
  }

  function pump(): void {
    if (!open) return
    let at = begin
    for (const bytes of queue) {
      const next = at + bytes.length
      if (next > sent) {
        if (next - begin > WINDOW) return
        send(at < sent ? bytes.slice(sent - at) : bytes)
        sent = next
      }
      at = next
    }
  }
}
