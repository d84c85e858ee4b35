/** Node's cluster with reusePort: each worker makes a listener of its own. */
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
  // With reusePort, the worker listens itself.
  server.listen({ host, port, reusePort: true })
}
// #endregion fork
