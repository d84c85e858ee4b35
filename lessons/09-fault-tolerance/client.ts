/** Opens connections, sends a request on each, and counts the answers of each worker, and what else happened. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { readOptions, stop, wholeNumber } from './options.ts'

const { host, port, connections, atOnce, hold } = readOptions({
  host: '127.0.0.1',
  port: wholeNumber(8080, 1, 65535),
  connections: wholeNumber(1, 1, 10000),
  atOnce: false,
  hold: false,
})

const start = performance.now()
if (hold) await askTwice()
else if (atOnce) await askAll()
else await askInTurn()

function openAll(): Promise<Socket[]> {
  return Promise.all(Array.from({ length: connections }, open)).catch(stop)
}

async function open(): Promise<Socket> {
  const connection = connect(port, host)
  await once(connection, 'connect')
  // What happens later is seen where the connection is asked.
  connection.on('error', () => {})
  return connection
}

async function askInTurn(): Promise<void> {
  const answers: string[] = []
  while (answers.length < connections) {
    const connection = await open().catch(stop)
    answers.push(await ask(connection))
    connection.end()
  }
  print(answers)
}

async function askAll(): Promise<void> {
  const opened = await openAll()
  console.log(`${opened.length} connections are open`)
  const answers = await Promise.all(opened.map(ask))
  for (const connection of opened) connection.end()
  print(answers)
}

// #region hold
/** Asks on each connection, waits until one is closed, and asks on each again. */
async function askTwice(): Promise<void> {
  const opened = await openAll()
  const first = await Promise.all(opened.map(ask))
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  for (const connection of opened) connection.once('close', () => resolve())
  print(first)
  await closed
  const again = await Promise.all(opened.map(ask))
  for (const connection of opened) connection.end()
  print(again.map(answer => (answer.startsWith('worker') ? answer : 'lost')))
}
// #endregion hold

// #region ask
/** Resolves with the answer to one request, or with the name of the error. */
function ask(connection: Socket): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  connection.once('data', answer => resolve(`${answer}`.trim()))
  connection.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  connection.once('close', () => resolve('closed'))
  if (connection.closed) resolve('closed')
  connection.write('\n')
  return promise
}
// #endregion ask

function print(answers: string[]): void {
  const elapsed = Math.floor(performance.now() - start)
  const counts = new Map<string, number>()
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1)
  for (const [answer, count] of counts) console.log(`${answer}  ${count}`)
  console.log(`total  ${answers.length} in ${elapsed} ms`)
}
