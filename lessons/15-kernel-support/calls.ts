/** System calls as C has them. Node makes them for you, but with options of its own. */
import { getSystemErrorMessage, getSystemErrorName } from 'node:util'
import koffi from 'koffi'

// Null: what the process has loaded already, the C library with it.
const libc = koffi.load(null)
const functions: Record<string, ReturnType<typeof libc.func>> = {}

/**
 * @param declaration as in C, such as `int listen(int fd, int backlog)`
 * @throws Error whose `code` is the kernel's answer, such as EADDRINUSE
 */
export function call(declaration: string, ...values: unknown[]): number {
  functions[declaration] ??= libc.func(declaration)
  const result: number = functions[declaration](...values)
  if (result !== -1) return result
  const error = -koffi.errno()
  const code = getSystemErrorName(error)
  throw Object.assign(new Error(`${code}: ${getSystemErrorMessage(error)}`), { code })
}

/** Where a buffer is, for a structure that holds its address. */
export function addressOf(buffer: Buffer): bigint {
  return BigInt(koffi.address(buffer))
}

/** Keeps the thread that calls on one of its processors while it does something. */
export function onOneCpu<Result>(act: (cpu: number) => Result): Result {
  const SET = 'int sched_setaffinity(int pid, size_t size, const uint8_t *mask)'
  const allowed = Buffer.alloc(128)
  call('int sched_getaffinity(int pid, size_t size, _Out_ uint8_t *mask)', 0, allowed.length, allowed)
  const byte = allowed.findIndex(bits => bits !== 0)
  const bit = allowed[byte]! & -allowed[byte]! // The lowest one.
  const one = Buffer.alloc(allowed.length)
  one[byte] = bit
  call(SET, 0, one.length, one)
  try {
    return act(byte * 8 + Math.log2(bit))
  } finally {
    call(SET, 0, allowed.length, allowed)
  }
}
