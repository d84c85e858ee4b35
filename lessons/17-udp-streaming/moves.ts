/** How many flows change worker under three ways of choosing, when one joins and when one leaves. */
import { createHash } from 'node:crypto'
import { readOptions, wholeNumber } from './options.ts'

const FLOWS = 10_000
const { workers } = readOptions({ workers: wholeNumber(4, 2, 16) })
const hashes = new Map<string, number>()

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
  const known = hashes.get(text) ?? createHash('sha256').update(text).digest().readUInt32BE()
  hashes.set(text, known)
  return known
}

const flows = Array.from({ length: FLOWS }, (_, i) => `flow ${i}`)
const before = Array.from({ length: workers }, (_, i) => `worker ${i + 1}`)
const ways = [pieces, remainder, highest]

print('moved when', 'equal pieces', 'remainder', 'consistent')
print('one joins', ...percents([...before, `worker ${workers + 1}`]))
for (const worker of before) print(`${worker} leaves`, ...percents(without(worker)))

/** The last one fills the gap. */
function without(worker: string): string[] {
  const others = before.slice(0, -1)
  return others.map(other => (other === worker ? before.at(-1)! : other))
}

function percents(after: string[]): string[] {
  return ways.map(choose => {
    const moved = flows.filter(flow => choose(flow, before) !== choose(flow, after)).length
    return `${Math.round((moved / FLOWS) * 100)} %`
  })
}

function print(event: string, ...cells: string[]): void {
  console.log(event.padEnd(16) + cells.map(cell => cell.padStart(12)).join(''))
}
