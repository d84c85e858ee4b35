/** Makes a listener for each worker, and passes all of them to every worker: each queue has four that take from it. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { answer, beginParent, beginWorker, options, sayReady, waitFor } from '../../workers.ts'

const { host, port, workers } = options
const args = process.argv.slice(2)

if (process.send) work()
else await startWorkers()

// #region parent
async function startWorkers(): Promise<void> {
  beginParent()
  const servers = Array.from({ length: workers }, () =>
    createServer(answer).listen({ host, port, reusePort: true }),
  )
  await Promise.all(servers.map(server => once(server, 'listening')))

  for (let i = 0; i < workers; i++) {
    const worker = fork(import.meta.filename, args)
    waitFor(worker)
    for (const server of servers) await pass(server, worker)
  }
  for (const server of servers) server.close()
}

/** Resolves when the listener is on its way. */
function pass(server: Server, to: ChildProcess) {
  return new Promise(sent => {
    to.send('listener', server, undefined, sent)
  })
}
// #endregion parent

// #region work
function work(): void {
  beginWorker()
  let taken = 0
  process.on('message', (_, server: Server) => {
    server.on('connection', answer)
    if (++taken === workers) sayReady(server)
  })
}
// #endregion work
