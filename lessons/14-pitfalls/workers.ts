/** What the scripts of this lesson share: options, the answer to a client, and a parent that ends its workers. */
import type { ChildProcess } from 'node:child_process'
import type { AddressInfo, Server, Socket } from 'node:net'
import { constants } from 'node:os'
import { readOptions, wholeNumber } from './options.ts'

export const options = readOptions({
  host: '127.0.0.1',
  port: wholeNumber(8080, 1, 65535),
  workers: wholeNumber(4, 1, 64),
  backlog: wholeNumber(511, 1, 65535),
})

const started = new Set<ChildProcess>()
let ending: NodeJS.Signals | undefined

/** Call it in the parent before it starts its workers. */
export function beginParent(): void {
  // The name that `ss` shows; without it `ss` calls every Node process MainThread.
  process.title = 'parent'
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  console.log(`parent ${process.pid} starts its workers`)
}

/** A worker that is stopped or stuck does not end when it is asked to, so the parent does not ask. */
function end(signal: NodeJS.Signals): void {
  ending = signal
  for (const worker of started) worker.kill('SIGKILL')
}

/** The parent's exit status is that of the worker which ended last, or of the signal that was to end all. */
export function waitFor(worker: ChildProcess): void {
  started.add(worker)
  worker.once('exit', (status, signal) => {
    started.delete(worker)
    process.exitCode = status ?? 128 + constants.signals[signal ?? 'SIGKILL']
    // The handler is gone: this time the signal ends the parent.
    if (ending && started.size === 0) process.kill(process.pid, ending)
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
