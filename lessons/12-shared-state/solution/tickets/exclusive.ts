/** Four workers sell 100 tickets. Each ticket is a file, and the kernel lets only one of them make it. */
import { fork } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs'
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
  rmSync('sold-tickets', { recursive: true, force: true })
  mkdirSync('sold-tickets')
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
  let ticket = 1
  while (ticket <= TICKETS && !take(ticket)) ticket++
  if (ticket > TICKETS) return 0
  await print()
  return ticket
}

/** `wx` is O_CREAT and O_EXCL: it makes the file, or it fails; there is nothing in between. */
function take(ticket: number): boolean {
  try {
    closeSync(openSync(`sold-tickets/${ticket}`, 'wx'))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
// #endregion sell

/** The printer takes a moment. */
async function print(): Promise<void> {
  await setTimeout(2)
}
