/** Starts workers; each one makes a listener of its own, with SO_REUSEPORT. */
import { fork } from 'node:child_process'
import { createServer } from 'node:net'
import { answer, beginParent, beginWorker, options, sayReady, waitFor } from './workers.ts'

const { host, port, workers, backlog } = options
const args = process.argv.slice(2)

if (process.send) work()
else startWorkers()

// #region fork
/** In the parent: binds nothing. */
function startWorkers(): void {
  beginParent()
  for (let i = 0; i < workers; i++) {
    const worker = fork(import.meta.filename, args)
    waitFor(worker)
  }
}

/** In each worker: a listener of its own. */
function work(): void {
  beginWorker()
  const server = createServer(answer)
  server.on('listening', () => sayReady(server))
  server.listen({ host, port, backlog, reusePort: true })
}
// #endregion fork
