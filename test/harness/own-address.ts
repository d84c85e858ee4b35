/** An address of the loopback that no other test has: a port that is free there is nobody else's a moment later. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** Test files run in processes of their own. */
export const OWN_HOST = `127.${64 + (process.pid >> 16)}.${(process.pid >> 8) & 255}.${process.pid & 255}`

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, OWN_HOST)
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
