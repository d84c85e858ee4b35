/** A service of three workers. Do not read it before you have found what is wrong. */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { answer, beginParent, beginWorker, options, sayReady, waitFor } from './workers.ts'

const { host, port } = options

if (process.send) work()
else await startWorkers()

async function startWorkers(): Promise<void> {
  beginParent()
  const first = startWorker('first')
  await once(first, 'exit')
  console.log(`worker ${first.pid} has ended, and another one takes its place`)
  for (let i = 0; i < 3; i++) waitFor(startWorker('next'))
}

function startWorker(role: string): ChildProcess {
  return fork(import.meta.filename, process.argv.slice(2), { env: { ...process.env, ROLE: role } })
}

function work(): void {
  beginWorker()
  const server = createServer(answer)
  server.on('listening', () => {
    if (process.env.ROLE === 'first') startHelper(server)
    else sayReady(server)
  })
  server.listen({ host, port, reusePort: true })
}

// #region fault
/** The first worker starts a program, which gets the worker's listener as descriptor 3. Then the worker ends. */
function startHelper(server: Server): void {
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle
  const helper = spawn('sleep', ['3600'], { stdio: ['ignore', 'ignore', 'ignore', fd] })
  helper.once('spawn', () => process.exit())
}
// #endregion fault
