/**
 * Sends requests at a steady rate, and says twice a second what came of them. Its settings are files that it reads
 * again and again: `echo 300 > load/rate`.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { readOptions, wholeNumber } from './options.ts'

/** What each setting may be, from and to. */
const RANGES = {
  /** Requests a second. */
  rate: [0, 500],
  /** Open at the same time. */
  connections: [1, 256],
  /** 1: a connection is used again. */
  'keep-alive': [0, 1],
  /** Milliseconds that a worker computes for a request, and milliseconds that it waits. */
  work: [0, 50],
  wait: [0, 1000],
} as const satisfies Record<string, readonly [number, number]>
type Name = keyof typeof RANGES
const NAMES = Object.keys(RANGES) as Name[]

const FOLDER = 'load'
const REPORT_MS = 500
/** A look at what is due. Milliseconds. */
const TICK_MS = 5
/** A request that takes longer is lost. Milliseconds. */
const PATIENCE_MS = 4000
/** Requests that may wait for a connection; those after them are lost. */
const MAX_DUE = 1000
/** Characters of a line that are seen in a terminal of the page, and how the rest of it begins. */
const LINE = 64
const REST = '    '
/** Upper ends of what answers are counted by. Milliseconds. */
const BUCKETS = [
  1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 5000,
]

const {
  host,
  port,
  words: _,
  ...given
} = readOptions({
  host: '127.0.0.1',
  port: wholeNumber(8080, 1, 65535),
  rate: wholeNumber(150, ...RANGES.rate),
  connections: wholeNumber(256, ...RANGES.connections),
  keepAlive: wholeNumber(0, ...RANGES['keep-alive']),
  work: wholeNumber(0, ...RANGES.work),
  wait: wholeNumber(0, ...RANGES.wait),
})
writeSettings({ ...given, 'keep-alive': given.keepAlive })
const settings = readSettings()
saySettings()

/** When each of the requests that wait was due. */
const due: number[] = []
/** Connections that are kept and have nothing to do. */
let free: Channel[] = []
let open = 0
let times: number[] = []
let lost = 0
const answers = new Map<string, number>()
const start = performance.now()
let next = start

setInterval(send, TICK_MS)
setInterval(report, REPORT_MS)

// #region send
/** Begins what is due. A request's time counts from then, however long it has waited for a connection. */
function send(): void {
  const now = performance.now()
  for (; settings.rate > 0 && next <= now; next += 1000 / settings.rate) {
    if (due.length < MAX_DUE) due.push(next)
    else lost++
  }
  if (settings.rate === 0) next = now
  while (due.length > 0) {
    const channel = free.pop() ?? openChannel()
    if (!channel) return
    channel.ask(due.shift()!)
  }
}
// #endregion send

interface Channel {
  ask(since: number): void
  close(): void
}

/** A connection; undefined: there are as many as there may be. */
function openChannel(): Channel | undefined {
  if (open >= settings.connections) return undefined
  open++
  const socket: Socket = connect(port, host)
  /** When the request was due that is under way. */
  let asked: number | undefined
  const channel: Channel = {
    ask(since) {
      asked = since
      socket.setTimeout(PATIENCE_MS, () => socket.destroy())
      socket.write(`work ${settings.work} wait ${settings.wait}\n`)
    },
    close: () => socket.end(),
  }
  const replies = createInterface(socket)
  // Refused, reset, or its worker has ended: `close` follows.
  for (const each of [socket, replies]) each.on('error', () => {})
  replies.on('line', line => {
    if (asked === undefined) return
    times.push(performance.now() - asked)
    const worker = /^worker (\d+)$/.exec(line)?.[1] ?? '0'
    answers.set(worker, (answers.get(worker) ?? 0) + 1)
    asked = undefined
    if (settings['keep-alive'] === 0 || open > settings.connections) return channel.close()
    socket.setTimeout(0)
    free.push(channel)
  })
  socket.on('close', () => {
    open--
    free = free.filter(other => other !== channel)
    if (asked !== undefined) lost++
    asked = undefined
  })
  return channel
}

// #region report
function report(): void {
  takeSettings()
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  const sorted = times.sort((a, b) => a - b)
  const [p50, p99, longest] = [0.5, 0.99, 1].map(part => sorted[Math.ceil(sorted.length * part) - 1] ?? 0)
  console.log(
    `${seconds} s: ${sorted.length} answered, ${lost} lost, ms p50 ${p50!.toFixed(1)} p99 ${p99!.toFixed(1)} max ${longest!.toFixed(1)}`,
  )
  const counts = BUCKETS.map((end, index) => {
    const from = BUCKETS[index - 1] ?? 0
    return [end, sorted.filter(time => time <= end && (time > from || index === 0)).length] as const
  })
  const workers = [...answers].sort(([a], [b]) => Number(a) - Number(b))
  console.log(folded(`  ms ${pairs(counts)}  worker ${pairs(workers)}`))
  times = []
  lost = 0
  answers.clear()
}
// #endregion report

function takeSettings(): void {
  const before = { ...settings }
  Object.assign(settings, readSettings())
  if (NAMES.some(name => settings[name] !== before[name])) saySettings()
  if (settings['keep-alive'] === 0) for (const channel of free.splice(0)) channel.close()
}

function saySettings(): void {
  console.log(`settings: ${NAMES.map(name => `${name} ${settings[name]}`).join(', ')}`)
}

/** What is too long goes on in the next line. */
function folded(text: string): string {
  return text.match(new RegExp(`.{1,${LINE}}(?: |$)`, 'g'))!.join(`\\\n${REST}`)
}

function pairs(counts: (readonly [string | number, number])[]): string {
  const text = counts.filter(([, count]) => count > 0).map(([name, count]) => `${name}:${count}`)
  return text.join(' ') || '-'
}

/** What is no number counts as the least; what is out of range, as the nearest. */
function readSettings(): Record<Name, number> {
  const entries = Object.entries(RANGES).map(([name, [low, high]]) => {
    const text = readFileSync(`${FOLDER}/${name}`, 'utf8').trim()
    const number = /^\d{1,4}$/.test(text) ? Math.min(Math.max(Number(text), low), high) : low
    return [name, number]
  })
  return Object.fromEntries(entries)
}

function writeSettings(given: Record<Name, number>): void {
  mkdirSync(FOLDER, { recursive: true })
  for (const name of NAMES) writeFileSync(`${FOLDER}/${name}`, `${given[name]}\n`)
}
