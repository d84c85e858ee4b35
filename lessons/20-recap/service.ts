/** Three services, a, b and c. All answer alike; what differs is how their workers share the port. */
import cluster from 'node:cluster'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { constants } from 'node:os'
import { parseArgs } from 'node:util'

const { service, host, port, workers, backlog, limit } = readOptions()
let left = limit

if (cluster.isPrimary) await startWorkers()
else work(Number(process.env.PLACE))

// #region models
/** In the parent: starts a worker when the one before is ready. */
async function startWorkers(): Promise<void> {
  beginParent()
  if (service === 'b') cluster.schedulingPolicy = cluster.SCHED_NONE
  for (let place = 1; place <= workers; place++) {
    const worker = cluster.fork({ PLACE: place })
    worker.process.once('exit', (status, signal) => {
      process.exitCode = status ?? 128 + constants.signals[signal ?? 'SIGKILL']
    })
    await once(worker, 'message')
  }
}

/** In each worker. */
function work(place: number): void {
  beginWorker()
  const server = createServer(connection => answer(connection, place))
  server.on('error', stop)
  server.on('listening', () => {
    console.log(`worker ${process.pid} is ready`)
    process.send!('ready')
  })
  server.listen({ host, port, backlog, reusePort: service === 'c' })
}
// #endregion models

// #region answer
/** Answers the request of a connection, and closes it. */
function answer(connection: Socket, place: number): void {
  // A client that leaves early must not end the worker.
  connection.on('error', () => {})
  connection.once('data', () => {
    const allowed = left-- > 0
    connection.end(allowed ? `worker ${process.pid} ${place} of ${workers}\n` : 'too many requests\n')
  })
}
// #endregion answer

function beginParent(): void {
  process.title = 'parent'
  // Ctrl-C reaches parent and workers. The workers end; the parent goes on until the last one has ended.
  process.on('SIGINT', () => {})
  console.log(`parent ${process.pid} starts its workers`)
}

function beginWorker(): void {
  process.title = 'worker'
  // The channel to the parent closes when the parent ends.
  process.once('disconnect', () => process.exit())
}

function readOptions() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        host: { type: 'string', default: '127.0.0.1' },
        port: { type: 'string', default: '8080' },
        workers: { type: 'string', default: '4' },
        backlog: { type: 'string', default: '511' },
        limit: { type: 'string' },
      },
    })
    const [service = 'a', ...more] = positionals
    if (!['a', 'b', 'c'].includes(service) || more.length > 0)
      throw new RangeError(`it takes one of the services a, b and c, not '${positionals.join(' ')}'`)
    return {
      service,
      host: values.host,
      port: wholeNumber('--port', values.port, 1, 65535),
      workers: wholeNumber('--workers', values.workers, 1, 64),
      backlog: wholeNumber('--backlog', values.backlog, 1, 65535),
      // How many requests each worker answers.
      limit:
        values.limit === undefined ? Number.POSITIVE_INFINITY : wholeNumber('--limit', values.limit, 0, 1e6),
    }
  } catch (error) {
    stop(error, 2)
  }
}

function wholeNumber(option: string, text: string, low: number, high: number): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= low && number <= high) return number
  throw new RangeError(`${option} takes a whole number from ${low} to ${high}, not '${text}'`)
}

function stop(error: unknown, status = 1): never {
  console.error(`service.ts: ${(error as Error).message}`)
  process.exit(status)
}
