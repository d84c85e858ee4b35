/** As own.ts, and starts only where nobody listens yet. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { answer, beginParent, beginWorker, options, sayReady, waitFor } from './workers.ts'

const { host, port, workers, backlog } = options
const args = process.argv.slice(2)

if (process.send) work()
else await startWorkers()

// #region alone
/** In the parent: tries the port without the option first. */
async function startWorkers(): Promise<void> {
  const probe = createServer()
  // Fails if anybody listens there, with the option or without.
  probe.listen({ host, port })
  await once(probe, 'listening')
  probe.close()
  await once(probe, 'close')

  beginParent()
  for (let i = 0; i < workers; i++) {
    const worker = fork(import.meta.filename, args)
    waitFor(worker)
  }
}
// #endregion alone

function work(): void {
  beginWorker()
  const server = createServer(answer)
  server.on('listening', () => sayReady(server))
  server.listen({ host, port, backlog, reusePort: true })
}
