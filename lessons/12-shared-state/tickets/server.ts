/** Four workers sell 100 tickets. How many are sold is in the file `sold`. */
import { fork } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'

const TICKETS = 100

if (process.send) work()
else startWorkers()

function startWorkers(): void {
  process.title = 'parent'
  // Ctrl-C reaches the workers, too; the parent ends after them.
  process.on('SIGINT', () => {
    process.exitCode = 130
  })
  writeFileSync('sold', '0')
  console.log(`parent ${process.pid} starts its workers`)
  for (let i = 0; i < 4; i++) fork(import.meta.filename)
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
/** The number of a ticket, from 1; 0 if all are sold. */
async function sell(): Promise<number> {
  const ticket = Number(readFileSync('sold', 'utf8')) + 1
  if (ticket > TICKETS) return 0
  await print()
  writeFileSync('sold', `${ticket}`)
  return ticket
}

/** The printer takes a moment. */
async function print(): Promise<void> {
  await setTimeout(2)
}
// #endregion sell
