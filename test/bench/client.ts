/** One terminal of any server under test, as its page would be, without the drawing. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { ACK_EVERY, type ClientMessage } from '../../playground/protocol.ts'

/** Where a terminal is and how its server speaks. Can be sent to a thread. */
export interface Target {
  protocol: 'ours' | 'naive' | 'ttyd'
  url: string
  subprotocols: string[]
}

/** How fast the page parses: bytes a second; `Infinity` at once, 0 never, and then it reads nothing either. */
export type Pace = number

export interface Terminal {
  /** Bytes of terminal output that the page has parsed. */
  readonly parsed: number
  /** Bytes that wait in the page. */
  readonly queued: number
  send(input: string): void
  /** Forgets what was printed, so that `until` waits for something new. */
  clear(): void
  /**
   * Resolves with `performance.now()` of the moment in which the end of what was parsed first fits.
   *
   * @throws Error when the socket closes, or after `seconds`
   */
  until(fits: (end: string) => boolean, seconds?: number): Promise<number>
  /** Types a line and Enter; resolves at the next prompt. */
  run(line: string, seconds?: number): Promise<number>
  /** Reads nothing from the socket from now on, and acknowledges nothing. */
  stall(): void
  close(): Promise<void>
}

/** Kept of what was parsed, characters. */
const END = 2048
/** Milliseconds between two looks at what a slow page has parsed by now. */
const TICK = 2

/** Every contestant's shell has this prompt; ours marks its end. */
export function isPrompt(end: string): boolean {
  return /\$ (?:\p{Cc}\]133;B\P{Cc}*\p{Cc})?$/u.test(end)
}

/** Connects; the shell need not be at its prompt yet. */
export async function connect(target: Target, pace: Pace = Number.POSITIVE_INFINITY): Promise<Terminal> {
  const socket = new WebSocket(target.url, target.subprotocols, {
    perMessageDeflate: false,
    origin: new URL(target.url.replace('ws:', 'http:')).origin,
  })
  const wire = WIRES[target.protocol](socket)
  const waiting: Buffer[] = []
  const looks = new Set<() => void>()
  let queued = 0
  let parsed = 0
  let end = ''
  let closed: Error | undefined
  let budget = 0
  let since = performance.now()
  let ticker: NodeJS.Timeout | undefined

  function parse(bytes: Buffer): void {
    parsed += bytes.length
    end = (end + bytes.toString('latin1', Math.max(0, bytes.length - END))).slice(-END)
    wire.parsed(bytes.length)
    for (const look of looks) look()
  }

  function tick(): void {
    const now = performance.now()
    budget += ((now - since) / 1000) * pace
    since = now
    for (let next = waiting[0]; next && budget >= next.length; next = waiting[0]) {
      waiting.shift()
      queued -= next.length
      budget -= next.length
      parse(next)
    }
    // A page at rest saves no time up for later.
    if (waiting.length > 0) return
    clearInterval(ticker)
    ticker = undefined
  }

  wire.output = bytes => {
    if (pace === Number.POSITIVE_INFINITY) return parse(bytes)
    waiting.push(bytes)
    queued += bytes.length
    if (ticker) return
    budget = 0
    since = performance.now()
    ticker = setInterval(tick, TICK)
  }
  socket.on('error', error => {
    closed ??= error
  })
  socket.on('close', (code, reason) => {
    clearInterval(ticker)
    closed ??= new Error(`the socket of ${target.protocol} closed: ${code} ${reason}`)
    for (const look of [...looks]) look()
  })
  await once(socket, 'open')
  wire.opened()

  const terminal: Terminal = {
    get parsed() {
      return parsed
    },
    get queued() {
      return queued
    },
    send: input => wire.send(input),
    clear() {
      end = ''
    },
    until(fits, seconds = 30) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(
          () =>
            done(
              new Error(`${target.protocol}: not within ${seconds} s: ${JSON.stringify(end.slice(-200))}`),
            ),
          seconds * 1000,
        )
        const look = () => {
          if (fits(end)) done()
          else if (closed) done(closed)
        }
        const done = (error?: Error) => {
          const now = performance.now()
          clearTimeout(timer)
          looks.delete(look)
          if (error) reject(error)
          else resolve(now)
        }
        looks.add(look)
        look()
      })
    },
    async run(line, seconds) {
      terminal.clear()
      terminal.send(`${line}\r`)
      return terminal.until(isPrompt, seconds)
    },
    stall() {
      socket.pause()
    },
    async close() {
      if (socket.readyState === socket.CLOSED) return
      socket.resume()
      socket.terminate()
      await once(socket, 'close')
    },
  }
  return terminal
}

/** What differs between the servers: how output and input are framed, and what the page says of its parsing. */
interface Wire {
  output: (bytes: Buffer) => void
  opened(): void
  send(input: string): void
  parsed(bytes: number): void
}

const WIRES: Record<Target['protocol'], (socket: WebSocket) => Wire> = {
  ours(socket) {
    let total = 0
    let told = 0
    const tell = (message: ClientMessage) => socket.send(JSON.stringify(message))
    const wire: Wire = {
      output: () => {},
      opened() {
        tell({ type: 'join', page: randomBytes(8).toString('hex'), columns: 80, rows: 24 })
      },
      send: input => socket.send(Buffer.from(input)),
      parsed(bytes) {
        total += bytes
        if (total - told < ACK_EVERY) return
        told = total
        tell({ type: 'ack', bytes: total })
      },
    }
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) return wire.output(data)
      if (JSON.parse(data.toString()).type !== 'hello') return
      total = 0
      told = 0
    })
    return wire
  },
  naive(socket) {
    const wire: Wire = {
      output: () => {},
      opened() {},
      send: input => socket.send(Buffer.from(input)),
      parsed() {},
    }
    socket.on('message', (data: Buffer) => wire.output(data))
    return wire
  },
  /** Its page's PAUSE is left out: the server does nothing at it (1.7.7, `paused` is never cleared). */
  ttyd(socket) {
    const wire: Wire = {
      output: () => {},
      opened: () => socket.send(JSON.stringify({ AuthToken: '', columns: 80, rows: 24 })),
      send: input => socket.send(Buffer.from(`0${input}`)),
      parsed() {},
    }
    socket.on('message', (data: Buffer) => {
      // '0' is output; titles and settings are not the terminal's.
      if (data[0] === 0x30) wire.output(data.subarray(1))
    })
    return wire
  },
}
