/** Binds once and passes the listener to each worker: who has time takes what waits. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { answer, beginParent, beginWorker, options, sayReady, waitFor } from '../../workers.ts'

const { host, port, workers } = options
const args = process.argv.slice(2)

if (process.send) work()
else await startWorkers()

// #region parent
/** In the parent: the port is bound once. */
async function startWorkers(): Promise<void> {
  beginParent()
  const server = createServer(answer)
  server.listen(port, host)
  await once(server, 'listening')

  for (let i = 0; i < workers; i++) {
    const worker = fork(import.meta.filename, args)
    waitFor(worker)
    await pass(server, worker)
  }
  // A Node server that listens also accepts.
  // The workers do that now, so the parent stops.
  server.close()
}

/** Resolves when the listener is on its way. */
function pass(server: Server, to: ChildProcess) {
  return new Promise(sent => {
    to.send('listener', server, undefined, sent)
  })
}
// #endregion parent

// #region work
/** In each worker: the listener comes in a message. */
function work(): void {
  beginWorker()
  process.once('message', (_, server: Server) => {
    server.on('connection', answer)
    sayReady(server)
  })
}
// #endregion work
