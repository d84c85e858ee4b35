/** Opens connections, sends a request on each, and counts the answers of each worker, and what else happened. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { parseArgs } from 'node:util'

const { host, port, connections, atOnce, hold } = readOptions()

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

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        host: { type: 'string', default: '127.0.0.1' },
        port: { type: 'string', default: '8080' },
        connections: { type: 'string', default: '1' },
        'at-once': { type: 'boolean', default: false },
        hold: { type: 'boolean', default: false },
      },
    })
    return {
      host: values.host,
      port: wholeNumber('--port', values.port, 1, 65535),
      connections: wholeNumber('--connections', values.connections, 1, 10000),
      atOnce: values['at-once'],
      hold: values.hold,
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
