/** What the two short probes have in common. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

export async function listen(port: number, reusePort: boolean): Promise<Server> {
  const server = createServer(connection => {
    // A client that leaves early must not end the server.
    connection.on('error', () => {})
    connection.end('hello\n')
  })
  server.listen({ port, host: '127.0.0.1', reusePort })
  await once(server, 'listening')
  return server
}
