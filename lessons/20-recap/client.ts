/** Opens connections, sends a request on each, and counts the answers of each worker, and what else happened. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { readOptions, stop, wholeNumber } from './options.ts'

const { host, port, connections, atOnce, fromPorts } = readOptions({
  host: '127.0.0.1',
  port: wholeNumber(8080, 1, 65535),
  connections: wholeNumber(1, 1, 10000),
  atOnce: false,
  fromPorts: { value: undefined, takes: 'FIRST-LAST, ports from 1 to 65535', parse: portRange },
})

const start = performance.now()
if (fromPorts) await askFrom(fromPorts).catch(stop)
else print(await (atOnce ? askAtOnce() : askInTurn()).catch(stop))

async function askInTurn(): Promise<string[]> {
  const answers: string[] = []
  // #region in-turn
  while (answers.length < connections) answers.push(await ask(await open()))
  // #endregion in-turn
  return answers
}

/** Opens all connections before it asks on one. When none has opened for half a second, the others are given up. */
async function askAtOnce(): Promise<string[]> {
  const opening = Array.from({ length: connections }, () => connect(port, host))
  const opened: Socket[] = []
  await new Promise<void>((resolve, reject) => {
    const patience = setTimeout(() => {
      const before = opened.length
      // What has come by now is heard first: where the machine is slow, this process is late, too.
      setImmediate(() => (opened.length > before ? patience.refresh() : resolve()))
    }, 500)
    for (const connection of opening)
      connection.once('error', reject).once('connect', () => {
        if (opened.push(watched(connection)) === connections) resolve()
        patience.refresh().unref()
      })
  })
  const rest = opening.filter(connection => connection.connecting)
  for (const connection of rest) connection.on('error', () => {}).destroy()
  console.log(`${opened.length} connections are open${rest.length > 0 ? `, ${rest.length} are not` : ''}`)
  return Promise.all(opened.map(ask))
}

/** One connection from each of these ports of the client; says which worker answers, counted from 1. */
async function askFrom([first, last]: [number, number]): Promise<void> {
  for (let localPort = first; localPort <= last; localPort++) {
    const answer = await ask(await open(localPort))
    console.log(`${localPort}  ${answer.replace(/^worker \d+ /, 'worker ')}`)
  }
}

async function open(localPort?: number): Promise<Socket> {
  const connection = connect({ host, port, localPort })
  await once(connection, 'connect')
  return watched(connection)
}

/** What happens to it later is seen where it is asked. */
function watched(connection: Socket): Socket {
  return connection.on('error', () => {})
}

/** Resolves with the answer, or with the name of the error. */
async function ask(connection: Socket): Promise<string> {
  connection.write('\n')
  const answer = await text(connection).catch((error: NodeJS.ErrnoException) => error.code ?? error.message)
  return answer.trim() || 'closed'
}

function print(answers: string[]): void {
  const elapsed = Math.floor(performance.now() - start)
  const counts = new Map<string, number>()
  for (const answer of answers) {
    const who = answer.replace(/^(worker \d+) .*/, '$1')
    counts.set(who, (counts.get(who) ?? 0) + 1)
  }
  for (const [who, count] of counts) console.log(`${who}  ${count}`)
  console.log(`total  ${answers.length} in ${elapsed} ms`)
}

function portRange(range: string): [number, number] {
  const [, first, last] = /^(\d+)-(\d+)$/.exec(range)?.map(Number) ?? []
  if (first && last && first <= last && last <= 65535) return [first, last]
  throw new RangeError(`--from-ports takes FIRST-LAST, ports from 1 to 65535, not '${range}'`)
}
