/** Two workers. To answer, a worker needs its data, and the data comes when the file `data` is there. */
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { beginWorker, isWorker, supervise } from '../supervisor.ts'

const cell = new Int32Array(new SharedArrayBuffer(4))
if (isWorker()) work()
else supervise(2)

// #region work
function work(): void {
  const server = createServer((_, response) => response.end(`worker ${process.pid}\n`))
  beginWorker(() => server.close(() => process.exit()))
  server.listen({ host: '127.0.0.1', port: 8091, reusePort: true }, () => {
    console.log(`worker ${process.pid} is listening on 127.0.0.1:8091`)
    process.send?.('ready')
    load()
  })
}

/** Returns when the data is there. Nothing else runs meanwhile. */
function load(): void {
  while (!existsSync('data')) Atomics.wait(cell, 0, 0, 20)
}
// #endregion work
