/** Sends packets to a multicast address, and counts the answers of each worker until no more come. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv4 } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { packet } from './rtp.ts'

/** Nobody can know how many will answer: all have, when so long none more does. */
const QUIET_MS = 1000

const { host, port, packets } = readOptions()
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

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        host: { type: 'string', default: '239.0.0.12' },
        port: { type: 'string', default: '5004' },
        packets: { type: 'string', default: '10' },
      },
    })
    if (!isIPv4(values.host)) throw new RangeError(`--host takes an IPv4 address, not '${values.host}'`)
    return {
      host: values.host,
      port: wholeNumber('--port', values.port, 1, 65535),
      // A socket that nobody reads at that moment has room for that many.
      packets: wholeNumber('--packets', values.packets, 1, 50),
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
  console.error(`multicast.ts: ${(error as Error).message}`)
  process.exit(status)
}
