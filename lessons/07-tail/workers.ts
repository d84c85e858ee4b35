/** What the servers of this lesson share: options, the answer to a client, and a parent that waits. */
import type { ChildProcess } from 'node:child_process'
import type { AddressInfo, Server, Socket } from 'node:net'
import { constants } from 'node:os'
import { createInterface } from 'node:readline'
import { readOptions, wholeNumber } from './options.ts'

/** Of the command line. */
export const options = readOptions({
  host: '127.0.0.1',
  port: wholeNumber(8080, 1, 65535),
  workers: wholeNumber(4, 1, 64),
  work: wholeNumber(0, 0, 1000),
  block: wholeNumber(0, 0, 1000),
  keepAlive: false,
})

const NOBODY = new Int32Array(new SharedArrayBuffer(4))

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
  // The channel to the parent closes when the parent ends.
  process.once('disconnect', () => process.exit())
}

/** Call it in each worker when it listens. */
export function sayReady(server: Server): void {
  const { address, port } = server.address() as AddressInfo
  console.log(`worker ${process.pid} is listening on ${address}:${port}`)
}

// #region answer
/** Answers a connection once; with --keep-alive, each line of it. */
export function answer(connection: Socket): void {
  // A client may leave early.
  connection.on('error', () => {})
  if (options.keepAlive) {
    const requests = createInterface(connection)
    requests.on('error', () => {}) // It hears of it, too.
    requests.on('line', () => {
      connection.write(reply())
    })
  } else {
    // What the client sends is read and dropped.
    connection.resume()
    connection.end(reply())
  }
}

function reply(): string {
  compute(options.work)
  block(options.block)
  return `worker ${process.pid}\n`
}
// #endregion answer

/** Uses so many milliseconds of CPU time. */
function compute(milliseconds: number): void {
  const end = cpuTime() + milliseconds
  while (cpuTime() < end);
}

function cpuTime(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Does nothing for so many milliseconds, and nothing else meanwhile: as code that waits for a disk without async. */
function block(milliseconds: number): void {
  if (milliseconds > 0) Atomics.wait(NOBODY, 0, 0, milliseconds)
}
