/** A worker on port 8090. It calls itself `contained` if its network is another one than that of its parent. */
import { readlinkSync } from 'node:fs'
import { createServer } from 'node:net'

const network = (pid: number) => readlinkSync(`/proc/${pid}/ns/net`)
process.title = network(process.pid) === network(process.ppid) ? 'uncontained' : 'contained'

const server = createServer(connection => {
  connection.on('error', () => {}) // A client that leaves early must not end the worker.
  connection.resume()
  connection.end(`worker ${process.pid}\n`)
})
// #region listen
const [descriptor] = process.argv.slice(2)
const own = { host: '127.0.0.1', port: 8090, reusePort: true }
server.listen(descriptor ? { fd: Number(descriptor) } : own, () => {
  console.log(`worker ${process.pid} is listening`)
})
// #endregion listen
