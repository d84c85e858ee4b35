/** The server of this project with as many seats as asked for: all of it but the pages. Arguments: ROOT STATE KEY… */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { readHealth } from '../../playground/sandbox/preflight.ts'
import { createGuard } from '../../playground/server/guard.ts'
import { createRefusalLog } from '../../playground/server/refusal.ts'
import { attachRoutes } from '../../playground/server/routes.ts'
import { createSeat, type Seat } from '../../playground/workbench/seat.ts'
import { answerParent } from './worker.ts'

const [root, state, ...keys] = process.argv.slice(2)
if (root === undefined || state === undefined) throw new Error('usage: ours.ts ROOT STATE KEY…')
const log = (line: string) => console.error(line)
const health = await readHealth(path.join(import.meta.dirname, '../..'))
const seats = new Map<string, Seat>()
for (const [index, key] of keys.entries())
  seats.set(key, createSeat({ root, state: path.join(state, `seat-${index}`), log }))

const server = createServer()
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo
attachRoutes(server, {
  guard: createGuard(port, seats),
  site: {
    async handle(_request, response) {
      response.writeHead(404).end()
    },
    upgrade: async () => false,
    close: async () => {},
  },
  health,
  log,
  refused: createRefusalLog(log, keys),
})
process.once('SIGTERM', async () => {
  await Promise.all([...seats.values()].map(seat => seat.close()))
  process.exit(0)
})
answerParent(port)
