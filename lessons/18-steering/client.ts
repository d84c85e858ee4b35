/** Opens connections, one after another, and counts the answers of each worker. */
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'

const { host, port, ports, list } = readOptions()

const start = performance.now()
const answers: string[] = []
for (const from of ports) {
  const answer = await ask(from).catch(stop)
  answers.push(answer)
  if (list) console.log(`${from ?? 'any'}  ${answer}`)
}
if (!list) printCounts()

// #region ask
/** Resolves with what the worker says. Undefined: the kernel chooses the port to connect from. */
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

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        host: { type: 'string', default: '127.0.0.1' },
        port: { type: 'string', default: '8080' },
        connections: { type: 'string', default: '1' },
        'from-ports': { type: 'string' },
        list: { type: 'boolean', default: false },
      },
    })
    const connections = wholeNumber('--connections', values.connections, 1, 10000)
    return {
      host: values.host,
      port: wholeNumber('--port', values.port, 1, 65535),
      ports:
        values['from-ports'] === undefined
          ? Array.from({ length: connections }, () => undefined)
          : portRange('--from-ports', values['from-ports']),
      list: values.list,
    }
  } catch (error) {
    stop(error, 2)
  }
}

/** All ports of `20000-20399`, or one. */
function portRange(option: string, text: string): number[] {
  const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? []
  const low = Number(first)
  const high = Number(last)
  if (low >= 1 && low <= high && high <= 65535)
    return Array.from({ length: high - low + 1 }, (_, index) => low + index)
  throw new RangeError(`${option} takes a port, or FIRST-LAST, from 1 to 65535, not '${text}'`)
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
