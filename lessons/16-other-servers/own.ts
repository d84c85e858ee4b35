/** An HTTP server whose workers each make a listener of their own, with SO_REUSEPORT. */
import cluster from 'node:cluster'
import { createServer } from 'node:http'
import { constants } from 'node:os'
import { readOptions, wholeNumber } from './options.ts'

const { host, port, workers } = readOptions({
  host: '127.0.0.1',
  port: wholeNumber(8080, 1, 65535),
  workers: wholeNumber(4, 1, 64),
})

// The name that `ss` shows; without it `ss` calls every Node process MainThread.
process.title = cluster.isPrimary ? 'parent' : 'worker'
if (cluster.isPrimary) startWorkers()
else work()

function startWorkers(): void {
  // Ctrl-C reaches parent and workers. The workers end; the parent goes on until the last one has ended.
  process.on('SIGINT', () => {})
  for (let i = 0; i < workers; i++)
    cluster.fork().process.once('exit', (status, signal) => {
      process.exitCode = status ?? 128 + constants.signals[signal ?? 'SIGKILL']
    })
}

function work(): void {
  const server = createServer((_, response) => response.end(`worker ${process.pid}\n`))
  server.on('listening', () => console.log(`worker ${process.pid} is listening on ${host}:${port}`))
  // With reusePort, a worker of Node's cluster listens itself.
  server.listen({ host, port, reusePort: true })
}
