/** How many flows change worker under three ways of choosing, when one joins and when the first one leaves. */
import { createHash } from 'node:crypto'
import { parseArgs } from 'node:util'

const FLOWS = 10_000
const workers = readWorkers()

// #region choose
type Choose = (flow: string, workers: string[]) => string

/** As the kernel does: the hash is a point on a line that is cut into equal pieces. */
const pieces: Choose = (flow, workers) => workers[Math.floor((hash(flow) / 2 ** 32) * workers.length)]!

/** As many programs do. */
const remainder: Choose = (flow, workers) => workers[hash(flow) % workers.length]!

/** One kind of consistent hashing: each worker draws a number for the flow, and the highest has it. */
const highest: Choose = (flow, workers) =>
  workers.reduce((best, next) => (hash(flow + next) > hash(flow + best) ? next : best))
// #endregion choose

function hash(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE()
}

const before = Array.from({ length: workers }, (_, i) => `worker ${i + 1}`)
const joined = [...before, `worker ${workers + 1}`]
// The last one fills the gap.
const left = [before.at(-1)!, ...before.slice(1, -1)]

const ways = { 'equal pieces': pieces, remainder, 'consistent hashing': highest }
print('moved when', 'one joins', 'the first leaves')
for (const [name, choose] of Object.entries(ways))
  print(name, `${moved(choose, joined)} %`, `${moved(choose, left)} %`)

function print(name: string, one: string, other: string): void {
  console.log(name.padEnd(18) + one.padStart(11) + other.padStart(18))
}

function moved(choose: Choose, after: string[]): number {
  const flows = Array.from({ length: FLOWS }, (_, i) => `flow ${i}`)
  const moves = flows.filter(flow => choose(flow, before) !== choose(flow, after))
  return Math.round((moves.length / FLOWS) * 100)
}

function readWorkers(): number {
  try {
    const { values } = parseArgs({ options: { workers: { type: 'string', default: '4' } } })
    const number = Number(values.workers)
    if (/^\d+$/.test(values.workers) && number >= 2 && number <= 64) return number
    throw new RangeError(`--workers takes a whole number from 2 to 64, not '${values.workers}'`)
  } catch (error) {
    console.error(`moves.ts: ${(error as Error).message}`)
    process.exit(2)
  }
}
