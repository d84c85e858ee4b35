/** Makes two listeners here, and passes each to a worker in a container of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'

// #region open
for (let i = 0; i < 2; i++) {
  const server = createServer()
  server.listen({ host: '127.0.0.1', port: 8090, reusePort: true })
  await once(server, 'listening')
  // A private name: Node has no public one for a descriptor.
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle
  spawn('sh', ['container.sh', process.execPath, 'contained/worker.ts', '3'], {
    stdio: ['inherit', 'inherit', 'inherit', fd],
  })
  server.close() // The worker has it now.
}
// #endregion open
