/** Opens connections, all at once, and counts the answers of each worker and the connections that got none. */
import { connect } from 'node:net'
import { readOptions, stop, wholeNumber } from './options.ts'

// #region options
const { host, port, connections, patience } = readOptions({
  host: '127.0.0.1',
  port: wholeNumber(8080, 1, 65535),
  connections: wholeNumber(1, 1, 1000),
  patience: wholeNumber(2000, 1, 60000),
})
// #endregion options

const start = performance.now()
/** How each connection is given up. */
const open: (() => void)[] = []
/** Begins anew with whatever happens on one of them. What has come in time is read before the end. */
const silence = setTimeout(() => setImmediate(() => open.map(giveUp => giveUp())), patience)
const answers = await Promise.all(Array.from({ length: connections }, ask)).catch(stop)
clearTimeout(silence)
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
    silence.refresh()
  })
  connection.on('data', text => {
    answer += text
    silence.refresh()
  })
  connection.on('end', () => resolve(answer.trim() || seen))
  connection.on('error', reject)
  open.push(() => {
    connection.destroy()
    resolve(seen)
  })
  return promise
}
// #endregion ask
