/** Two workers; the first has two listeners in the group, and so two of its three shares. */
import { fork } from 'node:child_process'
import { createServer } from 'node:net'
import { answer, beginParent, beginWorker, options, sayReady, waitFor } from '../../workers.ts'

const { host, port } = options
const args = process.argv.slice(2)

if (process.send) work()
else startWorkers()

// #region fork
function startWorkers(): void {
  beginParent()
  for (const listeners of [2, 1]) {
    const env = { ...process.env, LISTENERS: `${listeners}` }
    waitFor(fork(import.meta.filename, args, { env }))
  }
}

function work(): void {
  beginWorker()
  for (let i = 0; i < Number(process.env.LISTENERS); i++) {
    const server = createServer(answer)
    server.on('listening', () => sayReady(server))
    server.listen({ host, port, reusePort: true })
  }
}
// #endregion fork
