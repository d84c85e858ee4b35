/** Waits for the end of what the client sends. Then it answers with a line, `worker PID`, and closes. */
import { createServer } from 'node:net'

process.title = 'worker'

// #region answer
const server = createServer({ allowHalfOpen: true }, connection => {
  connection.on('error', () => {}) // A client that leaves early must not end the server.
  connection.resume()
  connection.once('end', () => connection.end(`worker ${process.pid}\n`))
})
// #endregion answer
server.listen({ host: '127.0.0.1', port: 8083 }, () => {
  console.log(`worker ${process.pid} is listening on 127.0.0.1:8083`)
})
