import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type WebSocket as Socket, WebSocketServer } from 'ws'
import {
  type Connection,
  type ConnectionOptions,
  createConnection,
  type Link,
} from '../.vitepress/theme/client/connection.ts'
import { ACK_EVERY, CLOSE, type ClientMessage, type ServerMessage } from '../playground/protocol.ts'

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

test('offers the key, answers hello with its size, and is connected', async () => {
  const server = await connect()
  expect(offered).toEqual(['playground', 'key.secret'])
  server.send(hello())
  expect(await server.next()).toEqual({ type: 'resize', columns: 100, rows: 30 })
  await page.link('connected')
  expect(page.resets).toBe(1)
})

test('acknowledges what the screen has parsed, not what has arrived', async () => {
  const server = await connect()
  server.send(hello())
  await server.next()
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
  await server.next()
  server.output(ACK_EVERY)
  await page.written(1)
  server.send(hello())
  await server.next()
  page.parse()
  server.output(ACK_EVERY + 5)
  await page.written(2)
  page.parse()
  expect(await server.next()).toEqual({ type: 'ack', bytes: ACK_EVERY + 5 })
})

test('sends no input while old output is replayed', async () => {
  const server = await connect()
  server.send(hello(4))
  await server.next()
  server.output(4)
  await page.written(1)
  connection!.input(Buffer.from('answer to an old question'))
  page.parse()
  connection!.input(Buffer.from('typed'))
  expect(await server.next()).toEqual('typed')
})

test('a big paste goes out in pieces, whole', async () => {
  const server = await connect()
  server.send(hello())
  await server.next()
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

test('a server that is away is waited for', async () => {
  refuse = true
  open({ isServerThere: async () => false })
  await page.link('waiting')
})

test('a shell that could not be started: the reason, and no attempt by itself', async () => {
  const server = await connect()
  server.close(CLOSE.failed, 'no more seats')
  expect(await page.link('failed')).toEqual({ kind: 'failed', reason: 'no more seats' })
})

function open(options: Partial<ConnectionOptions> = {}): void {
  connection = createConnection({
    url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/`,
    key: () => 'secret',
    sink: page.sink,
    onMessage() {},
    onLink: page.onLink,
    isServerThere: async () => false,
    ...options,
  })
}

async function connect() {
  const socket = nextSocket()
  open()
  return socket
}

async function nextSocket() {
  const [socket] = (await once(sockets, 'connection')) as [Socket]
  const queue: (ClientMessage | string)[] = []
  let wake = () => {}
  socket.on('message', (data, isBinary) => {
    queue.push(isBinary ? String(data) : JSON.parse(String(data)))
    wake()
  })
  return {
    send: (message: ServerMessage) => socket.send(JSON.stringify(message)),
    output: (bytes: number) => socket.send(Buffer.alloc(bytes, 'x')),
    close: (code: number, reason?: string) => socket.close(code, reason),
    terminate: () => socket.terminate(),
    async next() {
      while (queue.length === 0) await new Promise<void>(resolve => (wake = resolve))
      return queue.shift()!
    },
  }
}

function hello(replay = 0): ServerMessage {
  return {
    type: 'hello',
    columns: 80,
    rows: 24,
    state: 'idle',
    sandbox: 'none',
    replay,
    verdicts: [],
    skipped: {},
  }
}

/** A screen that parses when it is told to, and what the connection has said about its link. */
function createPage() {
  const parsed: (() => void)[] = []
  const links: Link[] = []
  let writes = 0
  let seen = 0
  let wake = () => {}
  const until = async (done: () => boolean) => {
    while (!done()) await new Promise<void>(resolve => (wake = resolve))
  }
  const view = {
    resets: 0,
    links,
    sink: {
      write(_: Uint8Array, done: () => void) {
        parsed.push(done)
        writes += 1
        wake()
      },
      reset() {
        view.resets += 1
      },
      size: () => ({ columns: 100, rows: 30 }),
    },
    onLink(link: Link) {
      links.push(link)
      wake()
    },
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
