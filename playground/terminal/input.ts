/** What is typed into a pty: written at once where it takes it, in order where it does not. */
import { writeSync } from 'node:fs'

export interface Input {
  /** Takes the bytes, in order; they are copied if they have to wait. Ctrl-C drops what waits. */
  write(bytes: Uint8Array): void
  /** Bytes that wait for a program to read. */
  readonly waiting: number
  /** Forgets what waits. */
  close(): void
}

const CTRL_C = 3
/** Milliseconds between two looks at whether a full pty takes more; Node cannot be told. */
const RETRY = { first: 2, most: 64 }

/**
 * @param fd the pty's master, which does not block
 * @param isOpen false as soon as `fd` may have become another file
 * @param onInterrupt told of each Ctrl-C before it is written
 */
export function createInput(fd: number, isOpen: () => boolean, onInterrupt: () => void): Input {
  let queue: Uint8Array[] = []
  let timer: NodeJS.Timeout | undefined
  let delay = RETRY.first

  const input = {
    waiting: 0,
    write(bytes: Uint8Array) {
      if (bytes.includes(CTRL_C)) {
        onInterrupt()
        // As a terminal does: whoever stops a program does not mean the next one to have it.
        forget()
      }
      // Whatever came before goes first.
      const written = queue.length === 0 ? attempt(bytes) : 0
      if (written === bytes.length) return
      const rest = bytes.slice(written)
      queue.push(rest)
      input.waiting += rest.length
      schedule()
    },
    close: forget,
  }
  return input

  /** @returns how many of the bytes the pty took */
  function attempt(bytes: Uint8Array): number {
    if (!isOpen()) return bytes.length
    let written = 0
    try {
      while (written < bytes.length) written += writeSync(fd, bytes, written)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      // EIO: the last program that had the other end open is gone, and what is typed goes with it.
      if (code === 'EIO') return bytes.length
      if (code !== 'EAGAIN') throw error
    }
    return written
  }

  function schedule(): void {
    timer ??= setTimeout(retry, delay)
  }

  function retry(): void {
    timer = undefined
    const before = input.waiting
    while (queue.length > 0) {
      const [first] = queue
      const written = attempt(first!)
      input.waiting -= written
      if (written < first!.length) {
        queue[0] = first!.subarray(written)
        break
      }
      queue.shift()
    }
    delay = input.waiting < before ? RETRY.first : Math.min(delay * 2, RETRY.most)
    if (input.waiting > 0) schedule()
  }

  function forget(): void {
    clearTimeout(timer)
    timer = undefined
    queue = []
    input.waiting = 0
  }
}
