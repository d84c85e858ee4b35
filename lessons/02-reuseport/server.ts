/** A worker that shares its port: answers a connection with a line, `worker PID`, and closes it. */
import { createServer } from 'node:net'
import { readOptions, wholeNumber } from './options.ts'

const { host, port, reusePort } = readOptions({
  host: '127.0.0.1',
  port: wholeNumber(8080, 1, 65535),
  reusePort: true,
})

// The name that `ss` shows; without it `ss` calls every Node process MainThread.
process.title = 'worker'

const server = createServer(connection => {
  // A client that leaves early must not end the server.
  connection.on('error', () => {})
  // What the client sends is read and dropped; unread, it would keep the connection open.
  connection.resume()
  connection.end(`worker ${process.pid}\n`)
})

// The server has no 'error' handler: Node then prints what the kernel said, and ends.
// #region listen
server.listen({ host, port, reusePort }, () => {
  console.log(`worker ${process.pid} is listening on ${host}:${port}`)
})
// #endregion listen
