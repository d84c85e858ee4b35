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

// #region leave
// Process 1 of a container gets no signal that it has no handler for.
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => server.close())
// #endregion leave

// #region listen
const inherited = process.env.LISTEN_PID === `${process.pid}`
server.listen(inherited ? { fd: 3 } : { host, port, reusePort }, () => {
  const place = inherited ? 'a listener that it was given' : `${host}:${port}`
  console.log(`worker ${process.pid} is listening on ${place}`)
})
// #endregion listen
