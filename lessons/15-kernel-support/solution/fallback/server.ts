/** Four workers: each with a listener of its own where the kernel can do that, or else with one for all. */
import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

const port = Number(process.argv[2])
const address = { host: '127.0.0.1', port }

if (process.send) work()
else await startWorkers()

async function startWorkers(): Promise<void> {
  process.title = 'parent'
  console.log(`parent ${process.pid} starts its workers`)
  const shared = canShare() ? undefined : createServer().listen(address)
  if (shared) await once(shared, 'listening')
  const workers = Array.from({ length: 4 }, () => fork(import.meta.filename, [`${port}`]))
  for (const worker of workers) {
    worker.once('exit', () => process.exit(1)) // A service with fewer workers is none.
    worker.send('listen', shared)
  }
  shared?.close()
}

function work(): void {
  process.title = 'worker'
  process.once('disconnect', () => process.exit())
  process.once('message', (_, shared?: Server) => {
    const server = shared ?? createServer().listen({ ...address, reusePort: true })
    server.on('connection', connection => {
      connection.on('error', () => {}) // A client that leaves early must not end the worker.
      connection.end(`worker ${process.pid}\n`)
    })
    server.on('error', error => {
      console.error(error.message)
      process.exit(1)
    })
    const say = () => console.log(`worker ${process.pid} is listening on 127.0.0.1:${port}`)
    if (shared) say()
    else server.once('listening', say)
  })
}

// #region can-share
/** Whether each worker can have a listener of its own: asks the probe, here and now. */
function canShare(): boolean {
  const { status } = spawnSync(process.execPath, ['twice.ts'], { stdio: 'ignore' })
  return status === 0
}
// #endregion can-share
