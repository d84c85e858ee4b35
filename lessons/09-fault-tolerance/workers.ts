/** What own.ts needs: options, the answer to a client, and a parent that waits. */
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
  // The channel to the parent closes when the parent ends.
  process.once('disconnect', () => process.exit())
}

/** Call it in each worker when it listens. */
export function sayReady(server: Server): void {
  const { address, port } = server.address() as AddressInfo
  console.log(`worker ${process.pid} is listening on ${address}:${port}`)
}

// #region answer
/** Answers each line of a connection with a line, `worker PID`, until the client closes it. */
export function answer(connection: Socket): void {
  const requests = createInterface(connection)
  // A client that leaves early must not end the worker; both hear of it.
  for (const each of [connection, requests]) each.on('error', () => {})
  requests.on('line', () => connection.write(`worker ${process.pid}\n`))
}
// #endregion answer
