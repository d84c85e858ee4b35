/** Files below a folder like `/proc`, read at once and into one buffer: a reading of a machine takes dozens. */
import { closeSync, openSync, readSync } from 'node:fs'

/** What the kernel fills before it answers a read is a page, of this many bytes or more. */
const PAGE = 4096
/** Of a table: some 50 000 sockets; a program may make as many as its memory holds. Bytes. */
const LONGEST_TABLE = 8 * 1024 * 1024
/** No line of a table is longer, bytes. */
const LONGEST_LINE = 512

let buffer = Buffer.allocUnsafe(64 * 1024)

/**
 * A file whole. The bytes are good until the next call.
 * @returns undefined where it is gone, or may not be read
 */
export function readProc(file: string): Buffer | undefined {
  return read(file, 0)
}

/**
 * A table of whole lines as `readProc` has it, or as many as are in `LONGEST_TABLE`. The kernel walks through all its sockets to find out that no line
 * is left, a millisecond or so; but it fills a page as long as lines are left, so a page with room is the last one.
 */
export function readTable(file: string): Buffer | undefined {
  const bytes = read(file, PAGE - LONGEST_LINE)
  return bytes && bytes.length >= LONGEST_TABLE ? bytes.subarray(0, bytes.lastIndexOf('\n') + 1) : bytes
}

/** As `readProc`, for text. */
export function readProcText(file: string): string | undefined {
  return readProc(file)?.toString()
}

/** Whether an error says that something in /proc is gone or not ours: processes vanish while they are read. */
export function isOutOfReach(error: unknown): boolean {
  return ['ENOENT', 'ESRCH', 'ENOTDIR', 'EACCES', 'EPERM', 'EINVAL'].includes(
    (error as NodeJS.ErrnoException).code ?? '',
  )
}

/** Reads until the end, or until a read has brought fewer bytes than `last`. */
function read(file: string, last: number): Buffer | undefined {
  let descriptor: number | undefined
  try {
    descriptor = openSync(file, 'r')
    for (let length = 0; ; ) {
      if (buffer.length - length < PAGE) buffer = Buffer.concat([buffer], buffer.length * 2)
      const count = readSync(descriptor, buffer, length, buffer.length - length, null)
      length += count
      if (count === 0 || count < last || length >= LONGEST_TABLE) return buffer.subarray(0, length)
    }
  } catch (error) {
    if (isOutOfReach(error)) return undefined
    throw error
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}
