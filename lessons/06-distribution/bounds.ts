/** How many of N connections a worker gets if each one falls on a worker by chance: all but the improbable. */
import { readOptions, wholeNumber } from './options.ts'

const { connections, workers } = readOptions({
  connections: wholeNumber(1000, 1, 1_000_000),
  workers: wholeNumber(4, 2, 64),
})

const logFactorials = [0]
for (let n = 1; n <= connections; n++) logFactorials.push(logFactorials[n - 1]! + Math.log(n))

// #region bounds
/** The chance that any worker gets fewer or more. */
const FALSE_ALARM = 1e-6

const mean = Math.round(connections / workers)
// From the most improbable counts inwards.
let distance = connections
let improbable = chanceAt(distance)
while (workers * improbable < FALSE_ALARM) {
  distance--
  improbable += chanceAt(distance)
}
const low = Math.max(mean - distance, 0)
const high = Math.min(mean + distance, connections)
console.log(`${connections} connections, ${workers} workers: ${low} to ${high} each`)

/** The chance that a worker's count is exactly so far from the mean. */
function chanceAt(distance: number): number {
  return chance(mean - distance) + chance(mean + distance)
}

/** The chance of exactly this count for a worker: the binomial distribution. */
function chance(count: number): number {
  const others = connections - count
  if (count < 0 || others < 0) return 0
  // As logarithms: the numbers themselves are too large and too small.
  const ways = logFactorials[connections]! - logFactorials[count]! - logFactorials[others]!
  return Math.exp(ways + others * Math.log(workers - 1) - connections * Math.log(workers))
}
// #endregion bounds
