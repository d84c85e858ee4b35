/** What own.ts needs: options, and a parent that waits for its workers. */
import type { ChildProcess } from 'node:child_process'
import { isIPv4 } from 'node:net'
import { constants } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'

/** Of the command line. */
export const options = readOptions()

/** Call it in the parent before it starts its workers. */
export function beginParent(): void {
  // The name that `ss` shows; without it `ss` calls every Node process MainThread.
  process.title = 'parent'
  // Ctrl-C reaches parent and workers. The workers end; the parent goes on until the last one has ended.
  process.on('SIGINT', () => {})
  console.log(`parent ${process.pid} starts its workers`)
}

/** The parent's exit status is that of the worker which ended last. */
export function waitFor(worker: ChildProcess): void {
  worker.once('exit', (status, signal) => {
    process.exitCode = status ?? 128 + constants.signals[signal ?? 'SIGKILL']
  })
}

/** Call it in each worker before it binds. */
export function beginWorker(): void {
  process.title = 'worker'
  // The channel to the parent closes when the parent ends.
  process.once('disconnect', () => process.exit())
}

/** Call it in each worker when its socket can receive. */
export function sayReady(): void {
  console.log(`worker ${process.pid} receives on ${options.host}:${options.port}`)
  process.send?.('ready')
}

/** 224.0.0.0 to 239.255.255.255: no host's address, but that of a group of receivers. */
export function isMulticast(address: string): boolean {
  const first = Number(address.split('.')[0])
  return first >= 224 && first <= 239
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        host: { type: 'string', default: '127.0.0.1' },
        port: { type: 'string', default: '5004' },
        workers: { type: 'string', default: '4' },
        'reuse-addr': { type: 'boolean', default: false },
      },
    })
    if (!isIPv4(values.host)) throw new RangeError(`--host takes an IPv4 address, not '${values.host}'`)
    return {
      host: values.host,
      port: wholeNumber('--port', values.port, 1, 65535),
      workers: wholeNumber('--workers', values.workers, 1, 64),
      reuseAddr: values['reuse-addr'],
    }
  } catch (error) {
    console.error(`${path.basename(process.argv[1] ?? '')}: ${(error as Error).message}`)
    process.exit(2)
  }
}

function wholeNumber(option: string, text: string, low: number, high: number): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= low && number <= high) return number
  throw new RangeError(`${option} takes a whole number from ${low} to ${high}, not '${text}'`)
}
