/** Answers a second, of one worker and of two, with a new connection for each answer; and what an answer costs. */

import { ask, type Model, startModel } from './models.ts'
import { readOptions, wholeNumber } from './options.ts'

// #region sizes
/** They ask at the same time. */
const CLIENTS = 16
const ROUND_MS = 100
const ROUNDS = 5
const MODELS = {
  single: ['own', 1],
  own: ['own', 2],
  cluster: ['cluster', 2],
  shared: ['shared', 2],
} as const
// #endregion sizes

const { port, work, block } = readOptions({
  port: wholeNumber(8080, 1, 65533),
  work: wholeNumber(0, 0, 1000),
  block: wholeNumber(0, 0, 1000),
})

const servers = new Map<string, Model>()
try {
  const args = ['--work', `${work}`, '--block', `${block}`]
  for (const [name, [script, workers]] of Object.entries(MODELS))
    servers.set(name, await startModel(`${script}.ts`, port + servers.size, workers, ...args))
  const found = await measure()

  const single = found.get('single')!
  row('model', 'answers/s', '% of single', 'CPU us each', '% of single')
  for (const [name, { rate, cost }] of found)
    row(name, rate, (100 * rate) / single.rate, cost, (100 * cost) / single.cost)
  const client = median([...found.values()].map(({ clientCost }) => clientCost))
  row('client', '-', '-', client, (100 * client) / single.cost)
} catch (error) {
  console.error(`throughput.ts: ${(error as Error).message}`)
  process.exitCode = 1
} finally {
  for (const server of servers.values()) await server.close()
}

interface Round {
  /** Answers a second. */
  rate: number
  /** The CPU time of an answer, in microseconds: the server's, and the client's. */
  cost: number
  clientCost: number
}

/** Resolves, for each model, with its best rate and the medians of its costs. */
async function measure(): Promise<Map<string, Round>> {
  const rounds = new Map([...servers.keys()].map(name => [name, [] as Round[]]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, server] of servers) rounds.get(name)!.push(await measureRound(server))
  }
  const sumUp = (found: Round[]) => ({
    // Other programs can only slow a round down.
    rate: Math.max(...found.map(({ rate }) => rate)),
    cost: median(found.map(({ cost }) => cost)),
    clientCost: median(found.map(({ clientCost }) => clientCost)),
  })
  return new Map([...rounds].map(([name, found]) => [name, sumUp(found)]))
}

// #region round
async function measureRound(server: Model): Promise<Round> {
  const start = performance.now()
  const used = server.cpuTime()
  const usedHere = process.cpuUsage()
  const clients = Array.from({ length: CLIENTS }, () => countAnswers(server))
  const answers = (await Promise.all(clients)).reduce((a, b) => a + b)
  const { user, system } = process.cpuUsage(usedHere)
  return {
    rate: (1000 * answers) / (performance.now() - start),
    cost: (1000 * (server.cpuTime() - used)) / answers,
    clientCost: (user + system) / answers,
  }
}

/** One client: asks again and again. */
async function countAnswers(server: Model): Promise<number> {
  const end = performance.now() + ROUND_MS
  let answers = 0
  for (; performance.now() < end; answers++) await ask(server.port)
  return answers
}
// #endregion round

/** The one in the middle: a single slow round does not change it. */
function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!
}

function row(model: string, ...values: (string | number)[]): void {
  const texts = values.map(value => (typeof value === 'string' ? value : value.toFixed(0)))
  console.log(model.padEnd(8) + texts.map(text => text.padStart(13)).join(''))
}
