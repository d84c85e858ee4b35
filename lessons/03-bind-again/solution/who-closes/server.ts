/** Answers a connection with a line, `worker PID`. It closes when the client has closed. */
import { createServer } from 'node:net'

process.title = 'worker'

// #region answer
const server = createServer(connection => {
  connection.on('error', () => {}) // A client that leaves early must not end the server.
  connection.resume() // When it has read the client's end, Node closes the connection.
  connection.write(`worker ${process.pid}\n`)
})
// #endregion answer
server.listen({ host: '127.0.0.1', port: 8083 }, () => {
  console.log(`worker ${process.pid} is listening on 127.0.0.1:8083`)
})
