/** A child process binds the port, passes its listener to the parent, and ends. The parent serves. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

const host = '127.0.0.1'
const port = 8080

// The name that `ss` shows; without it `ss` calls every Node process MainThread.
process.title = 'worker'

if (process.send) bindForParent()
else await serve()

// #region hand-over
/** In the child: the only place where the port is bound. */
function bindForParent(): void {
  const server = createServer().listen(port, host, () => {
    process.send?.('here is the listener', server, undefined, () => process.exit())
  })
}

/** In the parent: serves on the socket that the child has bound. */
async function serve(): Promise<void> {
  const child = fork(import.meta.filename)
  const ended = once(child, 'exit')
  child.once('exit', status => {
    if (status !== 0) process.exit(1) // The child has said why.
  })
  const [, server] = (await once(child, 'message')) as [string, Server]
  server.on('connection', connection => {
    // A client that leaves early must not end the server; what it sends is read and dropped.
    connection.on('error', () => {})
    connection.resume()
    connection.end(`worker ${process.pid}\n`)
  })
  await ended
  console.log(`process ${child.pid} has bound the port, and ended`)
  console.log(`worker ${process.pid} is listening on ${host}:${port}`)
}
// #endregion hand-over
