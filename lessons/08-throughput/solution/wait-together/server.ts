/** One worker, which waits for many answers of its database at the same time. */
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'

process.title = 'worker'

// #region answer
const server = createServer(async connection => {
  connection.on('error', () => {}) // A client that leaves early must not end the server.
  connection.resume()
  await askDatabase()
  connection.end(`worker ${process.pid}\n`)
})

/** Resolves when the database has answered. Meanwhile the worker does other things. */
async function askDatabase(): Promise<void> {
  while (!existsSync('row')) await setTimeout(10)
}
// #endregion answer
server.listen({ host: '127.0.0.1', port: 8083 }, () => {
  console.log(`worker ${process.pid} is listening on 127.0.0.1:8083`)
})
