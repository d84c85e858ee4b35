/** As own.ts, and the kernel kills a worker when its parent has ended, whatever the worker does. */
import { fork } from 'node:child_process'
import { createServer } from 'node:net'
import { answer, beginParent, beginWorker, options, sayReady, waitFor } from '../../workers.ts'

const { host, port, workers } = options
const args = process.argv.slice(2)

if (process.send) work()
else startWorkers()

// #region fork
function startWorkers(): void {
  beginParent()
  for (let i = 0; i < workers; i++) {
    // Node has no `prctl`. setpriv(1) has: it asks the kernel, and becomes the worker.
    const worker = fork(import.meta.filename, args, {
      execPath: 'setpriv',
      execArgv: ['--pdeathsig', 'KILL', process.execPath],
    })
    waitFor(worker)
  }
}
// #endregion fork

function work(): void {
  beginWorker()
  // It may have ended before the kernel was asked.
  process.once('disconnect', () => process.exit())

  const server = createServer(answer)
  server.on('listening', () => sayReady(server))
  server.listen({ host, port, reusePort: true })
}
