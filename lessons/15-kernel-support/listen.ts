/** What the two short probes have in common. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { parseArgs } from 'node:util'

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

export function readOptions(script: string): { reusePort: boolean } {
  try {
    const { values } = parseArgs({
      options: { 'reuse-port': { type: 'boolean', default: true } },
      allowNegative: true,
    })
    return { reusePort: values['reuse-port'] }
  } catch (error) {
    console.error(`${script}: ${(error as Error).message}`)
    process.exit(2)
  }
}
