/** What own.ts needs: options, and a parent that waits for its workers. */
import type { ChildProcess } from 'node:child_process'
import { isIPv4 } from 'node:net'
import { constants } from 'node:os'
import { readOptions, wholeNumber } from './options.ts'

/** Of the command line. */
export const options = readOptions({
  host: { value: '127.0.0.1', takes: 'an IPv4 address', parse: text => (isIPv4(text) ? text : undefined) },
  port: wholeNumber(5004, 1, 65535),
  workers: wholeNumber(4, 1, 64),
  reuseAddr: false,
})

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
