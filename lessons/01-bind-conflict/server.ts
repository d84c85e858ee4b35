/** A worker: answers a connection with a line, `worker PID`, and closes it. */
import { createServer } from 'node:net'
import { readOptions, wholeNumber } from './options.ts'

const { host, port, work } = readOptions({
  host: '127.0.0.1',
  port: wholeNumber(8080, 1, 65535),
  work: wholeNumber(0, 0, 10000),
})

// The name that `ss` shows; without it `ss` calls every Node process MainThread.
process.title = 'worker'

// #region listen
const server = createServer(connection => {
  // A client that leaves early must not end the server.
  connection.on('error', () => {})
  // What the client sends is read and dropped; unread, it would keep the connection open.
  connection.resume()
  compute(work)
  connection.end(`worker ${process.pid}\n`)
})

// The server has no 'error' handler: Node then prints what the kernel said, and ends.
server.listen(port, host, () => {
  console.log(`worker ${process.pid} is listening on ${host}:${port}`)
})
// #endregion listen

/** Keeps the process busy, as a handler does that computes for so long. */
function compute(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}
