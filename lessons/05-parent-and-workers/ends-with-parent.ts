/** As own.ts, and a worker ends when its parent has ended, for whatever reason. */
import { fork } from 'node:child_process'
import { createServer } from 'node:net'
import { answer, beginParent, beginWorker, options, sayReady, waitFor } from './workers.ts'

const { host, port, workers } = options
const args = process.argv.slice(2)

if (process.send) work()
else startWorkers()

function startWorkers(): void {
  beginParent()
  for (let i = 0; i < workers; i++) {
    const worker = fork(import.meta.filename, args)
    waitFor(worker)
  }
}

// #region work
function work(): void {
  beginWorker()
  // The channel to the parent closes when the parent ends.
  process.once('disconnect', () => process.exit())

  const server = createServer(answer)
  server.on('listening', () => sayReady(server))
  server.listen({ host, port, reusePort: true })
}
// #endregion work
