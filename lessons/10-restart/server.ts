/** Workers that answer each HTTP request with a line, `worker PID`, under a parent that replaces them. */
import { createServer } from 'node:http'
import { Server } from 'node:net'
import { parseArgs } from 'node:util'
import { beginWorker, supervise } from './supervisor.ts'

const { host, port, workers, block, leave } = readOptions()

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

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        host: { type: 'string', default: '127.0.0.1' },
        port: { type: 'string', default: '8080' },
        workers: { type: 'string', default: '2' },
        block: { type: 'string', default: '2' },
        leave: { type: 'string', default: 'drain' },
      },
    })
    return {
      host: values.host,
      port: wholeNumber('--port', values.port, 1, 65535),
      workers: wholeNumber('--workers', values.workers, 1, 64),
      block: wholeNumber('--block', values.block, 0, 10000),
      leave: oneOf('--leave', values.leave, ['at-once', 'close', 'drain']),
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

function oneOf<Word extends string>(option: string, text: string, words: Word[]): Word {
  const found = words.find(word => word === text)
  if (found) return found
  throw new RangeError(`${option} takes ${words.join(', ')}, not '${text}'`)
}
