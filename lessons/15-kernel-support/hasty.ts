/** Asks the kernel, too, but in haste: it believes whatever raises no error. */
import type { AddressInfo } from 'node:net'
import { listen } from './listen.ts'
import { readOptions } from './options.ts'

const { reusePort } = readOptions({ reusePort: true })

// #region hasty
try {
  const first = await listen(0, reusePort)
  const second = await listen(0, reusePort)
  const [a, b] = [first, second].map(server => (server.address() as AddressInfo).port)
  console.log(`yes: one listener has port ${a}, the other ${b}`)
  process.exit()
} catch (error) {
  console.error(`no: ${(error as Error).message}`)
  process.exit(1)
}
// #endregion hasty
