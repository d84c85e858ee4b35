/** Starts workers one after another; each one receives streams on a UDP socket of its own, all on the same port. */
import { fork } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { HEAD, read } from './rtp.ts'
import { beginParent, beginWorker, isMulticast, options, sayReady, waitFor } from './workers.ts'

const { host, port, workers, reuseAddr } = options
const args = process.argv.slice(2)

if (process.send) work()
else startWorkers()

/** In the parent: starts a worker when the one before can receive. So we know their order. */
async function startWorkers(): Promise<void> {
  beginParent()
  for (let i = 0; i < workers; i++) {
    const worker = fork(import.meta.filename, args)
    waitFor(worker)
    const ready = once(worker, 'message').then(() => true)
    if (!(await Promise.race([ready, once(worker, 'exit').then(() => false)]))) break
  }
}

/** In each worker. */
function work(): void {
  beginWorker()
  // #region receive
  const streams = new Map<number, number>() // Each stream's last number.

  const socket = createSocket({ type: 'udp4', reusePort: !reuseAddr, reuseAddr })
  socket.on('message', (bytes, from) => {
    if (bytes.length < HEAD) return
    const { stream, number } = read(bytes)
    // The numbers begin again after 65535.
    const missed = ((number - (streams.get(stream) ?? -1)) & 0xffff) - 1
    streams.set(stream, number)
    socket.send(`worker ${process.pid} ${number} ${missed}`, from.port, from.address)
  })
  socket.bind(port, host)
  // #endregion receive
  socket.on('error', error => {
    console.error(`own.ts: ${error.message}`)
    process.exit(1)
  })
  socket.on('listening', () => {
    // #region join
    if (isMulticast(host)) socket.addMembership(host, '127.0.0.1')
    // #endregion join
    sayReady()
  })
}
