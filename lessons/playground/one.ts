/** One process that listens, without the option. */
import { createServer } from 'node:net'
import { answer, options, sayReady } from './workers.ts'

const { host, port } = options

process.title = 'worker'
// The server has no 'error' handler: Node then prints what the kernel said, and ends.
const server = createServer(answer)
server.listen({ host, port }, () => sayReady(server))
