/** The usual mistake: sets SO_REUSEPORT, binds once, and passes that one listener to each worker. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { answer, beginParent, beginWorker, options, sayReady, waitFor } from './workers.ts'

const { host, port, workers, backlog } = options
const args = process.argv.slice(2)

if (process.send) work()
else await startWorkers()

// #region fork
/** In the parent: the port is bound once. */
async function startWorkers(): Promise<void> {
  beginParent()
  const server = createServer(answer)
  server.listen({ host, port, backlog, reusePort: true })
  await once(server, 'listening')

  for (let i = 0; i < workers; i++) {
    const worker = fork(import.meta.filename, args)
    waitFor(worker)
    await new Promise(sent => worker.send('listener', server, undefined, sent))
  }
  // The workers accept now, so the parent stops.
  server.close()
}

/** In each worker: the listener comes in a message. */
function work(): void {
  beginWorker()
  process.once('message', (_, server: Server) => {
    server.on('connection', answer)
    sayReady(server)
  })
}
// #endregion fork
