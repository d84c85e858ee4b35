/** Opens connections and counts the answers of each worker. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { readOptions, stop, wholeNumber } from './options.ts'

const { host, port, fromPort, connections, requests, atOnce } = readOptions({
  host: '127.0.0.1',
  port: wholeNumber(8080, 1, 65535),
  // 0: the kernel chooses the client's port.
  fromPort: wholeNumber(0, 0, 65535),
  connections: wholeNumber(1, 1, 10000),
  // 0: the worker says when the connection ends.
  requests: wholeNumber(0, 0, 10000),
  atOnce: false,
})

const start = performance.now()
const answers = await (atOnce ? askAtOnce() : askInTurn()).catch(stop)
const elapsed = Math.floor(performance.now() - start)

const counts = new Map<string, number>()
for (const worker of answers) counts.set(worker, (counts.get(worker) ?? 0) + 1)
for (const [worker, count] of counts) console.log(`${worker}  ${count}`)
console.log(`total  ${answers.length} in ${elapsed} ms`)

/** Opens a connection when the one before is closed. */
async function askInTurn(): Promise<string[]> {
  const answers: string[] = []
  for (let i = 0; i < connections; i++) answers.push(...(await ask(await open())))
  return answers
}

/** Opens all connections before it reads an answer. */
async function askAtOnce(): Promise<string[]> {
  const opened = await Promise.all(Array.from({ length: connections }, open))
  console.log(`${opened.length} connections are open`)
  return (await Promise.all(opened.map(ask))).flat()
}

// #region open
async function open(): Promise<Socket> {
  const connection = connect({ host, port, localPort: fromPort })
  await once(connection, 'connect')
  // An error later on is reported where the connection is read.
  connection.on('error', () => {})
  return connection
}
// #endregion open

async function ask(connection: Socket): Promise<string[]> {
  if (requests > 0) return converse(connection)
  const [answer] = await Promise.all([text(connection), once(connection, 'close')])
  return [answer.trim()]
}

/** Sends a request when the one before is answered, all on this connection. */
async function converse(connection: Socket): Promise<string[]> {
  const answers: string[] = []
  connection.write('\n')
  for await (const answer of createInterface(connection)) {
    if (answers.push(answer) === requests) connection.end()
    else connection.write('\n')
  }
  if (answers.length < requests)
    throw new Error('the worker closes after each answer: start it with --keep-alive')
  return answers
}
