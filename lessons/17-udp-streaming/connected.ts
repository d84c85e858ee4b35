/** A server makes a connected socket for one of its clients. Which socket gets whose datagrams, before and after? */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { readOptions, stop, wholeNumber } from './options.ts'

const HOST = '127.0.0.1'
const options = readOptions({
  port: wholeNumber(5005, 1, 65535),
  clients: wholeNumber(100, 1, 200),
})

await main().catch(stop)

async function main(): Promise<void> {
  const shared = await bind()
  const clients = await Promise.all(Array.from({ length: options.clients }, openClient))
  const { port } = clients[0]!.address()

  print('', 'shared', 'new: its', "new: others'")
  // #region connect
  const own = await bind() // With SO_REUSEPORT, too, or the port would be taken.
  await report('bound')
  own.connect(port, HOST) // Now it is for the first client only.
  await once(own, 'connect')
  await report('connected')
  // #endregion connect
  for (const socket of [shared, own, ...clients]) socket.close()

  /** Each client sends a datagram: who got it? */
  async function report(state: string): Promise<void> {
    const got = { shared: 0, its: 0, others: 0 }
    const { promise: all, resolve } = Promise.withResolvers<void>()
    const note = (who: keyof typeof got) => {
      got[who]++
      if (got.shared + got.its + got.others === clients.length) resolve()
    }
    shared.removeAllListeners('message').on('message', () => note('shared'))
    own.removeAllListeners('message').on('message', (_, from) => note(from.port === port ? 'its' : 'others'))
    for (const client of clients) client.send('x')
    await all
    print(state, got.shared, got.its, got.others)
  }
}

function print(state: string, ...cells: (string | number)[]): void {
  console.log(state.padEnd(9) + cells.map(cell => `${cell}`.padStart(13)).join(''))
}

async function bind(): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', reusePort: true })
  socket.on('error', stop)
  socket.bind(options.port, HOST)
  await once(socket, 'listening')
  return socket
}

async function openClient(): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.on('error', stop)
  socket.connect(options.port, HOST)
  await once(socket, 'connect')
  return socket
}
