/** Answers each connection with the number of its process. */
import { createServer } from 'node:net'

// #region listen
const server = createServer(connection => {
  connection.on('error', () => {})
  connection.end(`hello from ${process.pid}\n`)
})
server.on('error', error => {
  console.error(error.message)
  process.exitCode = 1
})
server.listen(8080, '127.0.0.1', () => console.log(`worker ${process.pid} is listening on 8080`))
// #endregion listen
