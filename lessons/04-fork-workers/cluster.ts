/** Node's cluster: the parent has the only listener, and hands each connection to a worker. */
import cluster from 'node:cluster'
import { createServer } from 'node:net'
import { answer, beginParent, beginWorker, options, sayReady, waitFor } from './workers.ts'

const { host, port, workers } = options

// #region fork
if (cluster.isPrimary) {
  beginParent()
  for (let i = 0; i < workers; i++) {
    const worker = cluster.fork()
    waitFor(worker.process)
  }
} else {
  beginWorker()
  const server = createServer(answer)
  server.on('listening', () => sayReady(server))
  // In a worker of cluster, this asks the parent to listen.
  server.listen({ host, port })
}
// #endregion fork
