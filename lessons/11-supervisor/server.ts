/** Workers that answer each HTTP request with a line, `worker PID`, under a parent that replaces them. */
import { createServer } from 'node:http'
import { Server } from 'node:net'
import { readOptions, wholeNumber } from './options.ts'
import { beginWorker, isWorker, supervise } from './supervisor.ts'

const { host, port, workers, block, crashAfter } = readOptions({
  host: '127.0.0.1',
  port: wholeNumber(8080, 1, 65535),
  workers: wholeNumber(2, 1, 64),
  block: wholeNumber(2, 0, 10000),
  crashAfter: wholeNumber(0, 0, 100_000),
})

const cell = new Int32Array(new SharedArrayBuffer(4))
if (isWorker()) serve()
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
  beginWorker(() => {
    leaving = true
    Server.prototype.close.call(server, () => process.exit())
  })
  // #endregion leave

  // #region listen
  server.listen({ host, port, reusePort: true }, () => {
    console.log(`worker ${process.pid} is listening on ${host}:${port}`)
    process.send?.('ready')
  })
  // #endregion listen
  if (crashAfter > 0) setTimeout(() => process.exit(7), crashAfter)
}

/** Does nothing for so long and lets nothing else run, as a handler that reads a file and waits for it. */
function wait(milliseconds: number): void {
  Atomics.wait(cell, 0, 0, milliseconds)
}
