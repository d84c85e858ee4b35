/** Three services, a, b and c. All answer alike; what differs is how their workers share the port. */
import cluster from 'node:cluster'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { constants } from 'node:os'
import { readOptions, stop, wholeNumber } from './options.ts'

const { words, host, port, workers, backlog, limit } = readOptions(
  {
    host: '127.0.0.1',
    port: wholeNumber(8080, 1, 65535),
    workers: wholeNumber(4, 1, 64),
    backlog: wholeNumber(511, 1, 65535),
    // How many requests each worker answers.
    limit: wholeNumber(Infinity, 0, 1_000_000),
  },
  true,
)
const [service = 'a', ...more] = words
if (!['a', 'b', 'c'].includes(service) || more.length > 0)
  stop(new Error(`it takes one of the services a, b and c, not '${words.join(' ')}'`), 2)
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
