/** Workers with listeners of their own, under lesson 10's supervisor: `kill -HUP` its parent replaces them one by one. */
import { createServer, Server, type Socket } from 'node:net'
import { beginWorker, supervise } from './supervisor.ts'
import { answer, options, sayReady } from './workers.ts'

const { host, port, workers } = options

if (process.send) serve()
else supervise(workers)

/** In each worker. */
function serve(): void {
  /** Connections whose last request has been answered. */
  const idle = new Set<Socket>()
  let leaves = false
  const server = createServer(connection => {
    for (const event of ['data', 'close']) connection.on(event, () => idle.delete(connection))
    answer(connection, () => {
      if (leaves) connection.end()
      else idle.add(connection)
    })
  })
  beginWorker(() => {
    // What waits in the queue goes to the others, where the kernel may move it; what is open is answered first.
    leaves = true
    Server.prototype.close.call(server, () => process.exit())
    for (const connection of idle) connection.end()
  })
  server.listen({ host, port, reusePort: true }, () => {
    sayReady(server)
    process.send?.('ready')
  })
}
