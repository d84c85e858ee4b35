/** Sends streams from a port each, and counts which worker gets them: for a few packets, or on and on. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { readOptions, stop, wholeNumber } from './options.ts'
import { packet } from './rtp.ts'

interface Flow {
  socket: Socket
  stream: number
  /** Of the packet that goes next. */
  number: number
  /** Who has answered its last packet; empty: nobody yet. */
  worker: string
  /** A worker has missed packets of it. */
  gap: boolean
}

/** A packet without an answer goes again after so long, for so many times. */
const AGAIN_MS = 250
const TIMES = 20
/** At once: more would not fit into a socket that nobody reads at that moment. */
const BATCH = 100
/** From one packet of a stream to the next. */
const PAUSE_MS = 200
/** A packet's number has 16 bits. */
const NUMBERS = 65536

const options = readOptions({
  host: '127.0.0.1',
  port: wholeNumber(5004, 1, 65535),
  flows: wholeNumber(1, 1, 10000),
  // 0: on and on.
  packets: wholeNumber(0, 0, 10000),
})
const flows = await openFlows().catch(stop)
await (options.packets > 0 ? sendSome() : sendOn()).catch(stop)
for (const { socket } of flows) socket.close()

// #region open
async function openFlows(): Promise<Flow[]> {
  const base = Math.floor(Math.random() * 2 ** 31)
  return Promise.all(Array.from({ length: options.flows }, (_, index) => open(base + index)))
}

async function open(stream: number): Promise<Flow> {
  const socket = createSocket('udp4')
  socket.connect(options.port, options.host)
  await once(socket, 'connect')
  return follow({ socket, stream, number: 0, worker: '', gap: false })
}
// #endregion open

/** Notes each answer to the flow's packet. */
function follow(flow: Flow): Flow {
  flow.socket.on('error', stop)
  flow.socket.on('message', answer => {
    const [, pid, number, missed] = `${answer}`.split(' ')
    // It may be the second answer to a packet that went twice.
    if (Number(number) !== flow.number) return
    flow.worker = `worker ${pid}`
    flow.gap ||= Number(missed) > 0
    flow.socket.emit('answered')
  })
  return flow
}

/** Some packets of each stream, and an end. */
async function sendSome(): Promise<void> {
  const start = performance.now()
  const answers: string[] = []
  for (let i = 0; i < options.packets; i++) {
    await sendRound()
    answers.push(...flows.map(({ worker }) => worker))
  }
  print(answers, start)
}

// #region watch
/** Streams without end. Says who gets them, and again whenever that has changed. */
async function sendOn(): Promise<void> {
  let told: string[] = []
  let before: string[] = []
  while (true) {
    const start = performance.now()
    await sendRound()
    const now = flows.map(({ worker }) => worker)
    const isOver = now.every((worker, i) => worker === before[i])
    const moved = now.filter((worker, i) => worker !== told[i]).length
    // A change is told when it is over: a round in which nothing moves.
    if (told.length === 0 || (isOver && moved > 0)) {
      print(now, start, told.length > 0 ? moved : undefined)
      told = now
    }
    before = now
    await delay(PAUSE_MS)
  }
}
// #endregion watch

/** The next packet of each stream, until each is answered. */
async function sendRound(): Promise<void> {
  for (let first = 0; first < flows.length; first += BATCH) await sendBatch(flows.slice(first, first + BATCH))
}

async function sendBatch(batch: Flow[]): Promise<void> {
  const waiting = new Set(batch)
  const { promise: all, resolve } = Promise.withResolvers<void>()
  for (const flow of batch)
    flow.socket.once('answered', () => {
      waiting.delete(flow)
      if (waiting.size === 0) resolve()
    })
  for (let i = 0; waiting.size > 0; i++) {
    if (i === TIMES) throw new Error(`nobody answers on ${options.host}:${options.port}`)
    for (const { socket, stream, number } of waiting) socket.send(packet(stream, number))
    const timer = new AbortController()
    await Promise.race([all, delay(AGAIN_MS, undefined, timer).catch(() => {})])
    timer.abort()
  }
  for (const flow of batch) flow.number = (flow.number + 1) % NUMBERS
}

function print(workers: string[], start: number, moved?: number): void {
  const elapsed = Math.floor(performance.now() - start)
  const counts = new Map<string, number>()
  for (const worker of workers) counts.set(worker, (counts.get(worker) ?? 0) + 1)
  for (const [worker, count] of counts) console.log(`${worker}  ${count}`)
  if (moved !== undefined) {
    console.log(`moved  ${moved}`)
    console.log(`with a gap  ${flows.filter(({ gap }) => gap).length}`)
    for (const flow of flows) flow.gap = false
  }
  console.log(`total  ${workers.length} in ${elapsed} ms`)
}
