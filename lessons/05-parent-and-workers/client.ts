/** Opens connections, one after another, and counts the answers of each worker. */
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'

const { host, port, connections } = readOptions()

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
for (const worker of answers) counts.set(worker, (counts.get(worker) ?? 0) + 1)
for (const [worker, count] of counts) console.log(`${worker}  ${count}`)
console.log(`total  ${answers.length} in ${elapsed} ms`)

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        host: { type: 'string', default: '127.0.0.1' },
        port: { type: 'string', default: '8080' },
        connections: { type: 'string', default: '1' },
      },
    })
    return {
      host: values.host,
      port: wholeNumber('--port', values.port, 1, 65535),
      connections: wholeNumber('--connections', values.connections, 1, 10000),
    }
  } catch (error) {
    stop(error, 2)
  }
}

function wholeNumber(option: string, text: string, low: number, high: number): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= low && number <= high) return number
  throw new RangeError(`${option} takes a whole number from ${low} to ${high}, not '${text}'`)
}

function stop(error: unknown, status = 1): never {
  console.error(`client.ts: ${(error as Error).message}`)
  process.exit(status)
}
