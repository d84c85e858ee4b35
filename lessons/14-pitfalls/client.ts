/** Opens connections, all at once, and counts the answers of each worker and the connections that got none. */
import { connect } from 'node:net'
import { parseArgs } from 'node:util'

const { host, port, connections, patience } = readOptions()

const start = performance.now()
const answers = await Promise.all(Array.from({ length: connections }, ask)).catch(stop)
const elapsed = Math.floor(performance.now() - start)

const counts = new Map<string, number>()
for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1)
for (const [answer, count] of counts) console.log(`${answer}  ${count}`)
console.log(`total  ${answers.length} in ${elapsed} ms`)

// #region ask
/** What the server says until it closes the connection, or what is missing when patience is over. */
function ask(): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const connection = connect(port, host)
  connection.setEncoding('utf8')
  let seen = 'not connected'
  let answer = ''
  connection.on('connect', () => {
    seen = 'no answer'
  })
  connection.on('data', text => {
    answer += text
  })
  connection.on('end', () => resolve(answer.trim() || seen))
  connection.on('error', reject)
  const giveUp = () => {
    connection.destroy()
    resolve(seen)
  }
  setImmediate(() => connection.setTimeout(patience, giveUp)) // All have asked: now patience begins.
  return promise
}
// #endregion ask

// #region options
function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        host: { type: 'string', default: '127.0.0.1' },
        port: { type: 'string', default: '8080' },
        connections: { type: 'string', default: '1' },
        patience: { type: 'string', default: '2000' },
      },
    })
    return {
      host: values.host,
      port: wholeNumber('--port', values.port, 1, 65535),
      connections: wholeNumber('--connections', values.connections, 1, 1000),
      patience: wholeNumber('--patience', values.patience, 1, 60000),
    }
  } catch (error) {
    stop(error, 2)
  }
}
// #endregion options

function wholeNumber(option: string, text: string, low: number, high: number): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= low && number <= high) return number
  throw new RangeError(`${option} takes a whole number from ${low} to ${high}, not '${text}'`)
}

function stop(error: unknown, status = 1): never {
  console.error(`client.ts: ${(error as Error).message}`)
  process.exit(status)
}
