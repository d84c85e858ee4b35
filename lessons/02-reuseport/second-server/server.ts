/** Answers a connection with a line, `worker PID`. Two of it do not start on one port. */
import { createServer } from 'node:net'

process.title = 'worker'

// #region listen
const server = createServer(connection => {
  connection.on('error', () => {}) // A client that leaves early must not end the server.
  connection.end(`worker ${process.pid}\n`)
})
server.listen({ host: '127.0.0.1', port: 8082 }, () => {
  console.log(`worker ${process.pid} is listening on 127.0.0.1:8082`)
})
// #endregion listen
