/** Workers of a multicast address, which all get every packet: each one answers only every so many'th. */
import { fork } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { HEAD, read } from '../../rtp.ts'
import { beginParent, beginWorker, isMulticast, options, sayReady, waitFor } from '../../workers.ts'

const { host, port, workers } = options
const args = process.argv.slice(2)

if (process.send) work()
else startWorkers()

/** In the parent: starts a worker when the one before can receive. So we know their order. */
async function startWorkers(): Promise<void> {
  beginParent()
  for (let i = 0; i < workers; i++) {
    const worker = fork(import.meta.filename, args, { env: { ...process.env, PLACE: `${i}` } })
    waitFor(worker)
    const ready = once(worker, 'message').then(() => true)
    if (!(await Promise.race([ready, once(worker, 'exit').then(() => false)]))) break
  }
}

/** In each worker. */
function work(): void {
  beginWorker()
  // #region receive
  const place = Number(process.env.PLACE) // 0 for the first worker.

  const socket = createSocket({ type: 'udp4', reusePort: true })
  socket.on('message', (bytes, from) => {
    if (bytes.length < HEAD) return
    const { number } = read(bytes)
    if (number % workers !== place) return // This one is another worker's.
    socket.send(`worker ${process.pid} ${number} 0`, from.port, from.address)
  })
  socket.bind(port, host)
  // #endregion receive
  socket.on('error', error => {
    console.error(`own.ts: ${error.message}`)
    process.exit(1)
  })
  socket.on('listening', () => {
    if (isMulticast(host)) socket.addMembership(host, '127.0.0.1')
    sayReady()
  })
}
