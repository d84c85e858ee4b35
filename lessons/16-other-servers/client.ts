/** Sends HTTP requests all at once, each on a connection of its own, and counts the answers of each worker. */
import { connect } from 'node:net'
import { readOptions, stop, wholeNumber } from './options.ts'

/** After once or twice as much silence it says what has not come. Milliseconds. */
const PATIENCE_MS = 2000
/** The first answer may take so many times longer: a server that has just started is slow. */
const FIRST = 5

const { host, port, connections } = readOptions({
  host: '127.0.0.1',
  port: wholeNumber(8080, 1, 65535),
  connections: wholeNumber(1, 1, 10000),
})
const start = performance.now()
/** Those that have not been printed yet. */
const counts = new Map<string, number>()
let left = connections

// #region count
/** Connections that have opened, and answers. */
let heard = 0
let before = -1
let silences = 0
/** Looks back, for a time-out may come before what has come in time. */
const quiet = setInterval(() => {
  if (heard > before) {
    before = heard
    silences = 0
    return
  }
  if (left === connections && ++silences < FIRST) return
  clearInterval(quiet)
  print()
  console.log(`no answer yet  ${left}`)
}, PATIENCE_MS)

for (let i = 0; i < connections; i++)
  ask(answer => {
    counts.set(answer, (counts.get(answer) ?? 0) + 1)
    left--
    heard++
    if (left === 0) finish()
  })
// #endregion count

/** @param tell gets the last line of the answer, or the name of the error; called once */
function ask(tell: (answer: string) => void): void {
  const connection = connect(port, host)
  let answer = ''
  connection.on('connect', () => {
    heard++
    connection.write('GET / HTTP/1.0\r\n\r\n')
  })
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
  clearInterval(quiet)
  print()
  console.log(`total  ${connections} in ${Math.floor(performance.now() - start)} ms`)
}

function print(): void {
  for (const [answer, count] of counts) console.log(`${answer}  ${count}`)
  counts.clear()
}
