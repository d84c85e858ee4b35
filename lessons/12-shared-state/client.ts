/** Opens connections, one after another. Counts the answers of each worker and the different numbers. */
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { readOptions, stop, wholeNumber } from './options.ts'

const { host, port, connections } = readOptions({
  host: '127.0.0.1',
  port: wholeNumber(8080, 1, 65535),
  connections: wholeNumber(1, 1, 10000),
})

const start = performance.now()
const answers: string[] = []
while (answers.length < connections) answers.push(await ask().catch(stop))
const elapsed = Math.floor(performance.now() - start)

/** Resolves with what the server says until it closes the connection. */
async function ask(): Promise<string> {
  const answer = await text(connect(port, host))
  return answer.trim()
}

const counts = new Map<string, number>()
const numbers = new Set<string>()
for (const answer of answers) {
  const [, worker, number] = /^(worker \d+) (\d+)$/.exec(answer) ?? []
  if (worker === undefined || number === undefined) stop(new Error(`the server said '${answer}'`))
  counts.set(worker, (counts.get(worker) ?? 0) + 1)
  numbers.add(number)
}
for (const [worker, count] of counts) console.log(`${worker}  ${count}`)
console.log(`total  ${answers.length} in ${elapsed} ms`)
console.log(`different numbers  ${numbers.size}`)
