/** Sends packets to a multicast address, and counts the answers of each worker until no more come. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv4 } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { readOptions, stop, wholeNumber } from './options.ts'
import { packet } from './rtp.ts'

/** Nobody can know how many will answer: all have, when so long none more does. */
const QUIET_MS = 1000

const { host, port, packets } = readOptions({
  host: { value: '239.0.0.12', takes: 'an IPv4 address', parse: text => (isIPv4(text) ? text : undefined) },
  port: wholeNumber(5004, 1, 65535),
  // A socket that nobody reads at that moment has room for that many.
  packets: wholeNumber(10, 1, 50),
})
const counts = new Map<string, number>()
let total = 0
const start = performance.now()
let last = start

const socket = createSocket('udp4')
socket.on('error', stop)
socket.on('message', answer => {
  const worker = `${answer}`.split(' ', 2).join(' ')
  counts.set(worker, (counts.get(worker) ?? 0) + 1)
  total++
  last = performance.now()
})
await send().catch(stop)
for (let since = 0; since < QUIET_MS; since = performance.now() - last) await delay(QUIET_MS - since)
socket.close()
if (total === 0) stop(new Error(`nobody answers on ${host}:${port}`))

for (const [worker, count] of counts) console.log(`${worker}  ${count}`)
console.log(`total  ${total} in ${Math.floor(last - start)} ms`)

async function send(): Promise<void> {
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  // #region send
  socket.setMulticastInterface('127.0.0.1')
  for (let number = 0; number < packets; number++) socket.send(packet(1, number), port, host)
  // #endregion send
}
