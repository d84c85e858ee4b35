/** Opens connections, one after another, and counts the answers of each worker. */
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { readOptions, stop, wholeNumber } from './options.ts'

const { host, port, connections, fromPorts, list } = readOptions({
  host: '127.0.0.1',
  port: wholeNumber(8080, 1, 65535),
  connections: wholeNumber(1, 1, 10000),
  fromPorts: { value: [], takes: 'a port, or FIRST-LAST, from 1 to 65535', parse: portRange },
  list: false,
})
// Undefined: the kernel chooses the port to connect from.
const ports = fromPorts.length > 0 ? fromPorts : Array.from({ length: connections }, () => undefined)

const start = performance.now()
const answers: string[] = []
for (const from of ports) {
  const answer = await ask(from).catch(stop)
  answers.push(answer)
  if (list) console.log(`${from ?? 'any'}  ${answer}`)
}
if (!list) printCounts()

// #region ask
/** Resolves with what the worker says. */
async function ask(from: number | undefined): Promise<string> {
  const connection = connect({ host, port, localPort: from })
  const answer = await text(connection)
  return answer.trim()
}
// #endregion ask

function printCounts(): void {
  const elapsed = Math.floor(performance.now() - start)
  const counts = new Map<string, number>()
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1)
  for (const [answer, count] of counts) console.log(`${answer}  ${count}`)
  console.log(`total  ${answers.length} in ${elapsed} ms`)
}

/** All ports of `20000-20399`, or one. */
function portRange(text: string): number[] | undefined {
  const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? []
  const low = Number(first)
  const high = Number(last)
  if (!(low >= 1 && low <= high && high <= 65535)) return undefined
  return Array.from({ length: high - low + 1 }, (_, index) => low + index)
}
