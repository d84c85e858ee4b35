/** Sends HTTP requests all at once, each on a connection of its own, and counts the answers of each worker. */
import { connect } from 'node:net'
import { parseArgs } from 'node:util'

/** After so much silence it says what has not come. Milliseconds. */
const PATIENCE_MS = 3000

const { host, port, connections } = readOptions()
const start = performance.now()
/** Those that have not been printed yet. */
const counts = new Map<string, number>()
let left = connections

// #region count
/** Each answer winds it up again. */
const quiet = setTimeout(() => {
  print()
  console.log(`no answer yet  ${left}`)
}, PATIENCE_MS)

for (let i = 0; i < connections; i++)
  ask(answer => {
    counts.set(answer, (counts.get(answer) ?? 0) + 1)
    left--
    quiet.refresh()
    if (left === 0) finish()
  })
// #endregion count

/** @param tell gets the last line of the answer, or the name of the error; called once */
function ask(tell: (answer: string) => void): void {
  const connection = connect(port, host)
  let answer = ''
  connection.on('connect', () => connection.write('GET / HTTP/1.0\r\n\r\n'))
  connection.on('data', bytes => {
    answer += bytes
  })
  connection.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') stop(error)
    answer = error.code
  })
  connection.on('close', () => tell(answer.trim().split('\n').at(-1) || 'closed'))
}

function finish(): void {
  clearTimeout(quiet)
  print()
  console.log(`total  ${connections} in ${Math.floor(performance.now() - start)} ms`)
}

function print(): void {
  for (const [answer, count] of counts) console.log(`${answer}  ${count}`)
  counts.clear()
}

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
