import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type WebSocket as Socket, WebSocketServer } from 'ws'
import {
  type Connection,
  type ConnectionOptions,
  createConnection,
  type Size,
} from '../../.vitepress/theme/connection/connection.ts'
import type { Link } from '../../.vitepress/theme/connection/lasting-socket.ts'
import { ACK_EVERY, CLOSE, type ClientMessage, type ServerMessage } from '../../playground/protocol.ts'

let http: Server
let sockets: WebSocketServer
let connection: Connection | undefined
let refuse: boolean
let offered: string[] | undefined
let page: ReturnType<typeof createPage>

beforeEach(async () => {
  refuse = false
  http = createServer()
  sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'playground' })
  http.on('upgrade', (request, socket, head) => {
    offered = request.headers['sec-websocket-protocol']?.split(/, ?/)
    if (refuse) socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n')
    else sockets.handleUpgrade(request, socket, head, ws => sockets.emit('connection', ws))
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  page = createPage()
})

afterEach(async () => {
  connection?.close()
  for (const client of sockets.clients) client.terminate()
  await new Promise(resolve => http.close(resolve))
})

test('offers the key, joins with its size, and is connected at hello', async () => {
  const server = await connect()
  expect(offered).toEqual(['playground', 'key.secret'])
  expect(server.join).toEqual({
    type: 'join',
    page: expect.stringMatching(/^[0-9a-f]{16}$/),
    columns: 100,
    rows: 30,
  })
  server.send(hello())
  await page.link('connected')
  expect(page.resets).toBe(1)
})

test('acknowledges what the screen has parsed, not what has arrived', async () => {
  const server = await connect()
  server.send(hello())
  server.output(ACK_EVERY - 1)
  server.output(1)
  server.output(10)
  await page.written(3)
  page.parse()
  connection!.send({ type: 'start' })
  // Had the first piece been acknowledged, that would be here before `start`.
  expect(await server.next()).toEqual({ type: 'start' })
  page.parse()
  expect(await server.next()).toEqual({ type: 'ack', bytes: ACK_EVERY })
})

test('counts anew at each hello: what was sent before no longer counts', async () => {
  const server = await connect()
  server.send(hello())
  server.output(ACK_EVERY)
  await page.written(1)
  server.send(hello())
  await page.until(() => page.resets === 2)
  page.parse()
  server.output(ACK_EVERY + 5)
  await page.written(2)
  page.parse()
  expect(await server.next()).toEqual({ type: 'ack', bytes: ACK_EVERY + 5 })
})

test('the terminal is mute, and keeps its size, until what was printed before is drawn', async () => {
  const server = await connect()
  server.send(hello({ picture: 4, old: 2, columns: 90, rows: 20 }))
  server.output(4)
  server.output(2)
  await page.written(2)
  expect(page.muted).toBe(true)
  connection!.fit({ columns: 120, rows: 40 })
  page.parse()
  expect(page.size).toMatchObject({ columns: 90, rows: 20 })
  page.parse()
  expect(page.muted).toBe(false)
  expect(page.size).toEqual({ columns: 120, rows: 40 })
  expect(await server.next()).toEqual({ type: 'resize', columns: 120, rows: 40 })
})

test('a page that is not typed in follows the size of the one that is, and is mute', async () => {
  const server = await connect()
  server.send(hello({ columns: 132, rows: 50, yours: false }))
  await page.link('connected')
  expect(page.size).toMatchObject({ columns: 132, rows: 50 })
  expect(page.muted).toBe(true)
  connection!.fit({ columns: 81, rows: 11 })
  expect(await server.next()).toEqual({ type: 'resize', columns: 81, rows: 11 })
  expect(page.size).toMatchObject({ columns: 132, rows: 50 })
  server.send({ type: 'size', columns: 81, rows: 11, yours: true })
  await page.until(() => !page.muted)
  expect(page.size).toEqual({ columns: 81, rows: 11 })
})

test('a page that was cut off goes on where it was: bytes, and what was typed meanwhile', async () => {
  const server = await connect()
  server.send(hello({ at: 1000, picture: 3 }))
  server.output(3)
  server.output(7)
  await page.written(2)
  connection!.input(Buffer.from('abc'))
  expect(await server.next()).toBe('abc')
  const again = nextSocket()
  server.terminate()
  await page.link('waiting')
  connection!.input(Buffer.from('def'))
  const second = await again
  expect(second.join).toMatchObject({ page: server.join.page, seen: { shell: SHELL, at: 1007 } })
  second.send(hello({ at: 1007, picture: undefined, typed: 2 }))
  let typed = ''
  while (typed.length < 4) typed += await second.next()
  expect(typed).toBe('cdef')
  expect(page.resets).toBe(1)
  expect(page.notices).toEqual([])
})

test('another shell than before: what was typed is not for it, and the reader is told', async () => {
  const server = await connect()
  server.send(hello())
  await page.link('connected')
  const again = nextSocket()
  server.terminate()
  await page.link('waiting')
  connection!.input(Buffer.from('rm everything'))
  const second = await again
  second.send(hello({ shell: 'fedcba9876543210' }))
  await page.link('connected')
  expect(page.resets).toBe(2)
  expect(page.notices).toEqual([
    expect.stringMatching(/^The shell that was here is gone.*was not sent to it\.$/),
  ])
  connection!.input(Buffer.from('ls'))
  expect(await second.next()).toBe('ls')
})

test('a page that is loaded again after its shell has gone is told, once', async () => {
  const socket = nextSocket()
  open({ before: 'fedcba9876543210' })
  const server = await socket
  server.send(hello())
  await page.link('connected')
  expect(page.notices).toEqual([expect.stringMatching(/^The shell that was here is gone/)])
  const again = nextSocket()
  server.close(CLOSE.reset)
  const second = await again
  second.send(hello({ shell: '00000000000000aa' }))
  await page.link('connected')
  expect(page.notices).toHaveLength(1)
})

test('a new shell after the end of one is no news', async () => {
  const server = await connect()
  server.send(hello())
  server.send({ type: 'exit', status: 0 })
  await page.link('connected')
  server.send(hello({ shell: 'fedcba9876543210' }))
  await page.link('connected')
  expect(page.notices).toEqual([])
})

test('a page that comes back from sleep asks, and an answer is enough', async () => {
  const server = await connect()
  server.send(hello())
  await page.link('connected')
  page.wake()
  expect(await server.next()).toEqual({ type: 'ping' })
  server.send({ type: 'pong' })
  server.send({ type: 'size', columns: 77, rows: 7, yours: false })
  await page.until(() => page.size?.columns === 77)
  page.wake()
  expect(await server.next()).toEqual({ type: 'ping' })
})

test('a server that does not answer after sleep is left, and found again', async () => {
  const server = await connect()
  server.send(hello())
  await page.link('connected')
  const again = nextSocket()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    page.wake()
    vi.advanceTimersByTime(5000)
  } finally {
    vi.useRealTimers()
  }
  expect((await again).join.seen).toEqual({ shell: SHELL, at: 0 })
})

test('a big paste goes out in pieces, whole', async () => {
  const server = await connect()
  server.send(hello())
  const paste = 'abcdefg'.repeat(30_000)
  connection!.input(Buffer.from(paste))
  let arrived = ''
  while (arrived.length < paste.length) arrived += await server.next()
  expect(arrived).toBe(paste)
})

test('a reset is followed by the next shell at once', async () => {
  const server = await connect()
  server.send(hello())
  await page.link('connected')
  const again = nextSocket()
  server.close(CLOSE.reset)
  await again
  expect(page.links.some(({ kind }) => kind === 'waiting')).toBe(false)
})

test('a shell that was ended for a fresh one is left, though its socket has not heard of it', async () => {
  const server = await connect()
  server.send(hello())
  await page.link('connected')
  const leave = connection!.startOver()
  const again = nextSocket()
  leave()
  expect(page.links.at(-1)).toEqual({ kind: 'connecting' })
  const second = await again
  expect(second.join.seen).toBeUndefined()
  second.send(hello({ shell: 'fedcba9876543210' }))
  await page.link('connected')
  expect(page.notices).toEqual([])
  // It has been left.
  leave()
  expect(page.links.at(-1)).toEqual({ kind: 'connected' })
})

test('a lost connection says when it tries again, and does', async () => {
  const server = await connect()
  server.send(hello())
  await page.link('connected')
  const again = nextSocket()
  server.terminate()
  expect(await page.link('waiting')).toEqual({ kind: 'waiting', seconds: 1 })
  const second = await again
  second.send(hello())
  await page.link('connected')
})

test('a server that answers and does not let us in has refused; retry asks again', async () => {
  refuse = true
  open({ isServerThere: async () => true })
  await page.link('refused')
  refuse = false
  const socket = nextSocket()
  connection!.retry()
  await socket
})

test('a server that has come back after an attempt has not refused it', async () => {
  refuse = true
  const socket = nextSocket()
  open({
    async isServerThere() {
      refuse = false
      return true
    },
  })
  await socket
  expect(page.links.map(({ kind }) => kind)).toEqual(['connecting', 'connecting'])
})

test('a server that is away is waited for', async () => {
  refuse = true
  open({ isServerThere: async () => false })
  await page.link('waiting')
})

test('a server that was away is asked again when it is back', async () => {
  refuse = true
  const answers: boolean[] = []
  open({
    async isServerThere() {
      answers.push(!refuse)
      return !refuse
    },
  })
  await page.link('waiting')
  refuse = false
  const server = await nextSocket()
  server.send(hello())
  await page.link('connected')
  expect(answers).toEqual([false, true])
})

test('a shell that could not be started: the reason, and no attempt by itself', async () => {
  const server = await connect()
  server.close(CLOSE.failed, 'no more seats')
  expect(await page.link('failed')).toEqual({ kind: 'failed', reason: 'no more seats' })
})

const SHELL = '0123456789abcdef'

function open(options: Partial<ConnectionOptions> = {}): void {
  connection = createConnection({
    url: () => `ws://127.0.0.1:${(http.address() as AddressInfo).port}/`,
    key: () => 'secret',
    size: { columns: 100, rows: 30 },
    sink: page.sink,
    onMessage() {},
    onLink: page.onLink,
    onNotice: page.onNotice,
    onWake: page.onWake,
    isServerThere: async () => false,
    ...options,
  })
}

async function connect() {
  const socket = nextSocket()
  open()
  return socket
}

/** The next socket of the page, once it has joined. */
async function nextSocket() {
  const [socket] = (await once(sockets, 'connection')) as [Socket]
  const queue: (ClientMessage | string)[] = []
  let wake = () => {}
  socket.on('message', (data, isBinary) => {
    queue.push(isBinary ? String(data) : JSON.parse(String(data)))
    wake()
  })
  async function next() {
    while (queue.length === 0) await new Promise<void>(resolve => (wake = resolve))
    return queue.shift()!
  }
  return {
    join: (await next()) as ClientMessage & { type: 'join' },
    send: (message: ServerMessage) => socket.send(JSON.stringify(message)),
    output: (bytes: number) => socket.send(Buffer.alloc(bytes, 'x')),
    close: (code: number, reason?: string) => socket.close(code, reason),
    terminate: () => socket.terminate(),
    next,
  }
}

function hello(over: Partial<ServerMessage & { type: 'hello' }> = {}): ServerMessage {
  return {
    type: 'hello',
    shell: SHELL,
    at: 0,
    picture: 0,
    old: 0,
    typed: 0,
    columns: 100,
    rows: 30,
    yours: true,
    state: 'idle',
    sandbox: 'none',
    verdicts: [],
    skipped: {},
    ...over,
  }
}

/** A screen that parses when it is told to, and what the connection has said about its link. */
function createPage() {
  const parsed: (() => void)[] = []
  const links: Link[] = []
  let writes = 0
  let seen = 0
  let wake = () => {}
  let woken = () => {}
  const until = async (done: () => boolean) => {
    while (!done()) await new Promise<void>(resolve => (wake = resolve))
  }
  const view = {
    resets: 0,
    size: undefined as Size | undefined,
    muted: false,
    notices: [] as string[],
    links,
    until,
    sink: {
      write(_: Uint8Array, done: () => void) {
        parsed.push(done)
        writes += 1
        wake()
      },
      reset() {
        view.resets += 1
        wake()
      },
      setSize({ columns, rows }: Size) {
        view.size = { columns, rows }
        wake()
      },
      setMuted(muted: boolean) {
        view.muted = muted
        wake()
      },
    },
    onLink(link: Link) {
      links.push(link)
      wake()
    },
    onNotice(message: string) {
      view.notices.push(message)
      wake()
    },
    onWake(listener: () => void) {
      woken = listener
      return () => {}
    },
    wake: () => woken(),
    /** The oldest bytes that wait. */
    parse: () => parsed.shift()!(),
    written: (times: number) => until(() => writes >= times),
    /** The next link of this kind that nobody has waited for. */
    async link(kind: Link['kind']): Promise<Link> {
      let at = -1
      await until(() => {
        at = links.findIndex((link, index) => index >= seen && link.kind === kind)
        return at >= 0
      })
      seen = at + 1
      return links[at]!
    },
  }
  return view
}
