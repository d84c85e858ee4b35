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
  /** What a worker that leaves answers when it no longer listens. */
  const later: (() => void)[] = []

  const server = createServer((_, response) => {
    if (leaving && server.listening) later.push(answer)
    else answer()

    function answer(): void {
      wait(block)
      if (leaving) response.setHeader('Connection', 'close')
      response.end(`worker ${process.pid}\n`)
    }
  })
  // #endregion answer

  // #region leave
  let taken = 0
  server.on('connection', () => taken++)

  beginWorker(() => {
    leaving = true
    closeWhenEmpty()
  })

  /** Node takes one connection out of the queue in each turn of its loop: a turn without one has found it empty. */
  function closeWhenEmpty(): void {
    const before = taken
    const afterTurn = () => {
      if (taken > before) return closeWhenEmpty()
      Server.prototype.close.call(server, () => process.exit())
      for (const answer of later) answer()
    }
    // The first one is still of this turn.
    setImmediate(() => setImmediate(afterTurn))
  }
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
