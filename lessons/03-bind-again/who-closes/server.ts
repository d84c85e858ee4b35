/** Answers a connection with a line, `worker PID`, and closes it: so it is the first to close. */
import { createServer } from 'node:net'

process.title = 'worker'

// #region answer
const server = createServer(connection => {
  connection.on('error', () => {}) // A client that leaves early must not end the server.
  connection.resume() // What the client sends is read and dropped.
  connection.end(`worker ${process.pid}\n`)
})
// #endregion answer
server.listen({ host: '127.0.0.1', port: 8083 }, () => {
  console.log(`worker ${process.pid} is listening on 127.0.0.1:8083`)
})
