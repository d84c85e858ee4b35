/** Workers with listeners of their own, under lesson 10's supervisor: `kill -HUP` its parent replaces them one by one. */
import { createServer, Server, type Socket } from 'node:net'
import { beginWorker, supervise } from './supervisor.ts'
import { answer, readOptions, sayReady } from './workers.ts'

const { host, port, workers } = readOptions()

if (process.send) serve()
else supervise(workers)

/** In each worker. */
function serve(): void {
  const open = new Set<Socket>()
  const server = createServer(connection => {
    open.add(connection)
    connection.once('close', () => open.delete(connection))
    answer(connection)
  })
  beginWorker(() => {
    // What waits in the queue goes to the others, where the kernel may move it; what is open is answered first.
    Server.prototype.close.call(server, () => process.exit())
    for (const connection of open) connection.end()
  })
  server.listen({ host, port, reusePort: true }, () => {
    sayReady(server)
    process.send?.('ready')
  })
}
