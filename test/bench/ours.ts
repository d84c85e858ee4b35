/** The server of this project with as many seats as asked for: all of it but the pages. Arguments: ROOT STATE KEY… */
import path from 'node:path'
import { readHealth } from '../../playground/sandbox/preflight.ts'
import { createPlayground } from '../../playground/server/server.ts'
import { lessonSetup } from '../../playground/workbench/lesson-workbench.ts'
import { createSeat } from '../../playground/workbench/seat.ts'
import { answerParent } from './worker.ts'

const [root, state, ...keys] = process.argv.slice(2)
if (root === undefined || state === undefined) throw new Error('usage: ours.ts ROOT STATE KEY…')
const log = (line: string) => console.error(line)
const find = (name: string) => lessonSetup(root, name)
const playground = await createPlayground({
  host: '127.0.0.1',
  port: 0,
  seats: new Map(
    keys.map((key, index) => [key, createSeat({ find, workspaces: path.join(state, `seat-${index}`), log })]),
  ),
  health: await readHealth(path.join(import.meta.dirname, '../..')),
  createSite: () => ({
    async handle(_request, response) {
      response.writeHead(404).end()
    },
    upgrade: async () => false,
    close: async () => {},
  }),
  log,
})
process.once('SIGTERM', async () => {
  await playground.close()
  process.exit(0)
})
answerParent(playground.port)
