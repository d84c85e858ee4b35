/** Asks the kernel whether two listeners can share a port: opens two, and counts who gets the connections. */
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { listen } from './listen.ts'
import { readOptions } from './options.ts'

const { reusePort } = readOptions({ reusePort: true })
try {
  const { first, second } = await bindTwice()
  if (!first || !second) stop('no: one of the two listeners gets all connections')
  console.log(`yes: one got ${first} connections, the other ${second}`)
  process.exit()
} catch (error) {
  stop(`no: ${(error as Error).message}`)
}

// #region twice
async function bindTwice() {
  const first = await listen(0, reusePort) // The kernel chooses a free port.
  const { port } = first.address() as AddressInfo
  const second = await listen(port, reusePort) // We ask for the same one.

  const counts = { first: 0, second: 0 }
  first.on('connection', () => counts.first++)
  second.on('connection', () => counts.second++)
  for (let i = 0; i < 32; i++) await once(connect(port, '127.0.0.1'), 'data')
  return counts
}
// #endregion twice

function stop(message: string): never {
  console.error(message)
  process.exit(1)
}
