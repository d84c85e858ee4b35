/** Workers that answer each HTTP request with a line, `worker PID`, under a parent that replaces them. */
import { createServer } from 'node:http'
import { Server } from 'node:net'
import { oneOf, readOptions, wholeNumber } from './options.ts'
import { beginWorker, supervise } from './supervisor.ts'

const { host, port, workers, block, leave } = readOptions({
  host: '127.0.0.1',
  port: wholeNumber(8080, 1, 65535),
  workers: wholeNumber(2, 1, 64),
  block: wholeNumber(2, 0, 10000),
  leave: oneOf('drain', 'at-once', 'close'),
})

const cell = new Int32Array(new SharedArrayBuffer(4))
if (process.send) serve()
else supervise(workers)

/** In each worker. */
function serve(): void {
  // #region answer
  let leaving = false

  const server = createServer((_, response) => {
    wait(block)
    if (leaving) response.setHeader('Connection', 'close')
    response.end(`worker ${process.pid}\n`)
  })
  // #endregion answer

  // #region leave
  const end = () => process.exit()
  const close = () => {
    leaving = true
    server.close(end) // Idle connections, too.
  }
  const drain = () => {
    leaving = true
    Server.prototype.close.call(server, end)
  }
  const ways = { 'at-once': end, close, drain }
  beginWorker(ways[leave])
  // #endregion leave

  // #region listen
  server.listen({ host, port, reusePort: true }, () => {
    console.log(`worker ${process.pid} is listening on ${host}:${port}`)
    process.send?.('ready')
  })
  // #endregion listen
}

/** Does nothing for so long and lets nothing else run, as a handler that reads a file and waits for it. */
function wait(milliseconds: number): void {
  Atomics.wait(cell, 0, 0, milliseconds)
}
