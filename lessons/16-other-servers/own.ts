/** An HTTP server whose workers each make a listener of their own, with SO_REUSEPORT. */
import cluster from 'node:cluster'
import { createServer } from 'node:http'
import { constants } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'

const { host, port, workers } = readOptions()

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

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        host: { type: 'string', default: '127.0.0.1' },
        port: { type: 'string', default: '8080' },
        workers: { type: 'string', default: '4' },
      },
    })
    return {
      host: values.host,
      port: wholeNumber('--port', values.port, 1, 65535),
      workers: wholeNumber('--workers', values.workers, 1, 64),
    }
  } catch (error) {
    console.error(`${path.basename(process.argv[1] ?? '')}: ${(error as Error).message}`)
    process.exit(2)
  }
}

function wholeNumber(option: string, text: string, low: number, high: number): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= low && number <= high) return number
  throw new RangeError(`${option} takes a whole number from ${low} to ${high}, not '${text}'`)
}
