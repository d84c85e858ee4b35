/** Four workers sell 100 tickets. Each has a quarter of the numbers for itself, so they share nothing. */
import { fork } from 'node:child_process'
import { createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'

const TICKETS = 100
const WORKERS = 4

if (process.send) work()
else startWorkers()

function startWorkers(): void {
  process.title = 'parent'
  // Ctrl-C reaches the workers, too; the parent ends after them.
  process.on('SIGINT', () => {
    process.exitCode = 130
  })
  console.log(`parent ${process.pid} starts its workers`)
  for (let place = 1; place <= WORKERS; place++)
    fork(import.meta.filename, { env: { ...process.env, PLACE: `${place}` } })
}

function work(): void {
  process.title = 'worker'
  process.once('disconnect', () => process.exit())
  const server = createServer(async connection => {
    connection.on('error', () => {}) // A client that leaves early must not end the worker.
    connection.resume()
    const ticket = await sell()
    connection.end(ticket ? `worker ${process.pid} ${ticket}\n` : 'sold out\n')
  })
  server.listen({ host: '127.0.0.1', port: 8094, reusePort: true }, () => {
    console.log(`worker ${process.pid} is listening on 127.0.0.1:8094`)
  })
}

// #region sell
let next = Number(process.env.PLACE)

/** The number of a ticket, from 1; 0 if this worker has no more. */
async function sell(): Promise<number> {
  if (next > TICKETS) return 0
  const ticket = next
  next += WORKERS // Before it waits: another visitor may come meanwhile.
  await print()
  return ticket
}
// #endregion sell

/** The printer takes a moment. */
async function print(): Promise<void> {
  await setTimeout(2)
}
