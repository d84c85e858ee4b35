/** A worker that shares its port: answers a connection with a line, `worker PID`, and closes it. */
import { type AddressInfo, createServer } from 'node:net'
import { readOptions, wholeNumber } from './options.ts'

const { host, port, reusePort, name } = readOptions({
  host: '127.0.0.1',
  port: wholeNumber(8080, 0, 65535),
  reusePort: true,
  name: 'worker',
})

// The name that `ss` shows; without it `ss` calls every Node process MainThread.
process.title = name

const server = createServer(connection => {
  // A client that leaves early must not end the server; what it sends is read and dropped.
  connection.on('error', () => {})
  connection.resume()
  connection.end(`${name} ${process.pid}\n`)
})

// The server has no 'error' handler: Node then prints what the kernel said, and ends.
// #region listen
server.listen({ host, port, reusePort }, () => {
  const { port } = server.address() as AddressInfo
  console.log(`${name} ${process.pid} is listening on ${host}:${port}`)
})
// #endregion listen
