/** Listens on 127.0.0.1:8080 and answers one connection after another: each keeps it for as long as a blocking call would. */
import { createServer } from 'node:net'

const [hold, backlog, share] = process.argv.slice(2)
const nothing = new Int32Array(new SharedArrayBuffer(4))

process.title = 'worker'
const server = createServer(connection => {
  connection.on('error', () => {})
  Atomics.wait(nothing, 0, 0, Number(hold))
  connection.end(`worker ${process.pid}\n`)
})
server.listen({
  host: '127.0.0.1',
  port: 8080,
  backlog: Number(backlog),
  ...(share === 'share' && { reusePort: true }),
})
