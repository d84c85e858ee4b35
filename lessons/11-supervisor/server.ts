/** Workers that answer each HTTP request with a line, `worker PID`, under a parent that replaces them. */
import { createServer } from 'node:http'
import { Server } from 'node:net'
import { parseArgs } from 'node:util'
import { beginWorker, isWorker, supervise } from './supervisor.ts'

const { host, port, workers, block, crashAfter } = readOptions()

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

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        host: { type: 'string', default: '127.0.0.1' },
        port: { type: 'string', default: '8080' },
        workers: { type: 'string', default: '2' },
        block: { type: 'string', default: '2' },
        'crash-after': { type: 'string', default: '0' },
      },
    })
    return {
      host: values.host,
      port: wholeNumber('--port', values.port, 1, 65535),
      workers: wholeNumber('--workers', values.workers, 1, 64),
      block: wholeNumber('--block', values.block, 0, 10000),
      crashAfter: wholeNumber('--crash-after', values['crash-after'], 0, 100_000),
    }
  } catch (error) {
    console.error(`server.ts: ${(error as Error).message}`)
    process.exit(2)
  }
}

function wholeNumber(option: string, text: string, low: number, high: number): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= low && number <= high) return number
  throw new RangeError(`${option} takes a whole number from ${low} to ${high}, not '${text}'`)
}
