/** Many users at once send HTTP requests. Counts the answers of each worker and the requests that are lost. */
import { existsSync, readFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { text } from 'node:stream/consumers'
import { readOptions, stop, wholeNumber } from './options.ts'

/** Requests from one restart to the next. */
const PACE = 2500

const { host, port, requests, users, keepAlive, restart } = readOptions({
  host: '127.0.0.1',
  port: wholeNumber(8080, 1, 65535),
  requests: wholeNumber(Infinity, 1, 1_000_000),
  users: wholeNumber(200, 1, 1000),
  keepAlive: false,
  restart: wholeNumber(undefined, 2, 4_194_304),
})

const agent = new Agent({ keepAlive })
const counts = new Map<string, number>()
const lost = { reset: 0, refused: 0 }
let asked = 0
let answered = 0
let stopped = false
/** The workers that have been there when the last restart was ordered. */
let old: string[] = []
let restarts = 0

// Ctrl-C: no further requests; those under way are still counted.
process.once('SIGINT', () => {
  stopped = true
})
if (requests === Infinity && !restart) console.log(`${users} users ask ${host}:${port} until Ctrl-C`)

const start = performance.now()
await Promise.all(Array.from({ length: users }, use)).catch(stop)
const elapsed = Math.floor(performance.now() - start)

for (const [worker, count] of counts) console.log(`${worker}  ${count}`)
console.log(`total  ${answered} in ${elapsed} ms`)
if (restart) console.log(`restarts  ${restarts}`)
console.log(`lost  ${lost.reset + lost.refused}: ${lost.reset} reset, ${lost.refused} refused`)
process.exit()

// #region count
/** One user: one request after another. */
async function use(): Promise<void> {
  while (goesOn()) {
    asked++
    try {
      const worker = await ask()
      counts.set(worker, (counts.get(worker) ?? 0) + 1)
      answered++
    } catch (error) {
      lost[kindOf(error)]++
    }
  }
}

/** @throws what is neither of the two. */
function kindOf(error: unknown): 'reset' | 'refused' {
  const { code } = error as NodeJS.ErrnoException
  // EPIPE: the reset came before the request was sent.
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'reset'
  if (code === 'ECONNREFUSED') return 'refused'
  throw error
}
// #endregion count

/** With --restart: a restart now and then, and the load goes on until the last one is over. */
function goesOn(): boolean {
  if (stopped) return false
  const over = !old.some(pid => existsSync(`/proc/${pid}`))
  const more = asked < requests
  if (restart && over && more && asked >= restarts * PACE) orderRestart(restart)
  return more || !over
}

function orderRestart(parent: number): void {
  old = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ')
  process.kill(parent, 'SIGHUP')
  restarts++
}

/** Resolves with the whole answer. */
function ask(): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get({ host, port, agent }, response => {
      text(response).then(answer => resolve(answer.trim()), reject)
    })
    request.on('error', reject)
  })
}
