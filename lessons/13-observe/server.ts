/** Starts workers; each one makes a listener of its own, with SO_REUSEPORT. */
import { fork } from 'node:child_process'
import { createServer } from 'node:net'
import { readOptions, wholeNumber } from './options.ts'
import { answer, beginParent, beginWorker, sayReady, waitFor } from './workers.ts'

const { host, port, workers, reusePort } = readOptions({
  host: '127.0.0.1',
  port: wholeNumber(8080, 1, 65535),
  workers: wholeNumber(2, 1, 64),
  reusePort: true,
})
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
  const server = createServer(answer)
  server.on('listening', () => sayReady(server))
  server.listen({ host, port, reusePort })
}
// #endregion work
