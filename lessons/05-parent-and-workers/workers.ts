/** What the scripts of this lesson share: options, the answer to a client, and a parent that waits. */
import type { ChildProcess } from 'node:child_process'
import type { AddressInfo, Server, Socket } from 'node:net'
import { constants } from 'node:os'
import { readOptions, wholeNumber } from './options.ts'

export const options = readOptions({
  host: '127.0.0.1',
  port: wholeNumber(8080, 1, 65535),
  workers: wholeNumber(4, 1, 64),
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

/** Call it in each worker before it listens. */
export function beginWorker(): void {
  process.title = 'worker'
}

/** Call it in each worker when it listens. */
export function sayReady(server: Server): void {
  const { address, port } = server.address() as AddressInfo
  console.log(`worker ${process.pid} is listening on ${address}:${port}`)
}

/** Answers a connection with a line, `worker PID`, and closes it. */
export function answer(connection: Socket): void {
  // A client that leaves early must not end the worker; what it sends is read and dropped.
  connection.on('error', () => {})
  connection.resume()
  connection.end(`worker ${process.pid}\n`)
}
