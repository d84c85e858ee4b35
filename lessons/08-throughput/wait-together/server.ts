/** One worker. Its answer comes from a database, which is slow today: it answers when the file `row` is there. */
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'

const cell = new Int32Array(new SharedArrayBuffer(4))
process.title = 'worker'

// #region answer
const server = createServer(connection => {
  connection.on('error', () => {}) // A client that leaves early must not end the server.
  connection.resume()
  askDatabase()
  connection.end(`worker ${process.pid}\n`)
})

/** Blocks until the database has answered, 10 ms at a time. */
function askDatabase(): void {
  while (!existsSync('row')) Atomics.wait(cell, 0, 0, 10)
}
// #endregion answer
server.listen({ host: '127.0.0.1', port: 8083 }, () => {
  console.log(`worker ${process.pid} is listening on 127.0.0.1:8083`)
})
