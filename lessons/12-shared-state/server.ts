/** Two workers on one port give each visitor a number. Who counts: each worker, or the parent? */
import { type ChildProcess, fork } from 'node:child_process'
import { createServer } from 'node:net'
import { constants } from 'node:os'
import { oneOf, readOptions, wholeNumber } from './options.ts'

const { host, port, owner } = readOptions({
  host: '127.0.0.1',
  port: wholeNumber(8080, 1, 65535),
  owner: oneOf('worker', 'parent'),
})

let visits = 0
/** Who waits for a number from the parent, in the order of asking. */
const waiting: ((number: number) => void)[] = []

if (process.send) work()
else startWorkers()

function startWorkers(): void {
  process.title = owner === 'parent' ? 'owner' : 'parent'
  // Ctrl-C reaches parent and workers. The workers end; the parent goes on until the last one has ended.
  process.on('SIGINT', () => {})
  console.log(`parent ${process.pid} starts its workers`)
  for (let i = 0; i < 2; i++) {
    const worker = fork(import.meta.filename, process.argv.slice(2))
    worker.on('message', () => giveNumber(worker))
    // A worker that dies before it has its number must not end the parent.
    worker.on('error', () => {})
    worker.once('exit', (status, signal) => {
      process.exitCode = status ?? 128 + constants.signals[signal ?? 'SIGKILL']
    })
  }
}

function work(): void {
  // The name that `ss` shows; without it `ss` calls every Node process MainThread.
  process.title = 'worker'
  process.on('message', number => waiting.shift()?.(number as number))
  // The channel to the parent closes when the parent has ended.
  process.once('disconnect', () => process.exit())

  // #region answer
  const server = createServer(async connection => {
    // A client that leaves early must not end the worker.
    connection.on('error', () => {})
    connection.resume()
    const number = owner === 'parent' ? await askParent() : countHere()
    connection.end(`worker ${process.pid} ${number}\n`)
  })
  server.listen({ host, port, reusePort: true }, () => {
    console.log(`worker ${process.pid} is listening on ${host}:${port}`)
  })
  // #endregion answer
}

// #region here
function countHere(): number {
  visits++
  return visits
}
// #endregion here

// #region ask
/** In a worker. Messages keep their order. */
function askParent(): Promise<number> {
  process.send?.('a visitor')
  return new Promise(resolve => waiting.push(resolve))
}

/** In the parent: it alone has the count. */
function giveNumber(worker: ChildProcess): void {
  visits++
  worker.send(visits)
}
// #endregion ask
