/** Starts workers one after another; each one makes a listener of its own, with SO_REUSEPORT. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { answer, beginParent, beginWorker, options, sayReady, waitFor } from './workers.ts'

const { host, port, workers } = options
const args = process.argv.slice(2)

if (process.send) work()
else startWorkers()

// #region fork
/** In the parent: starts a worker when the one before listens. So we know their order. */
async function startWorkers(): Promise<void> {
  beginParent()
  for (let i = 0; i < workers; i++) {
    const worker = fork(import.meta.filename, args)
    waitFor(worker)
    await once(worker, 'message')
  }
}

/** In each worker: a listener of its own. */
function work(): void {
  beginWorker()
  const server = createServer(answer)
  server.on('listening', () => {
    sayReady(server)
    process.send!('listening')
  })
  server.listen({ host, port, reusePort: true })
}
// #endregion fork
