import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { HIGH_WATER } from '../playground/flow.ts'
import { createPane, type Pane } from '../playground/pane.ts'
import { isBusy } from '../playground/processes.ts'
import { CLOSE, type ClientMessage, type ServerMessage } from '../playground/protocol.ts'
import { createSandbox, type Sandbox } from '../playground/sandbox.ts'
import { openWorkspace } from '../playground/workspace.ts'

let base: string
let sandbox: Sandbox
let pane: Pane
let server: http.Server
const clients: WebSocket[] = []

beforeEach(async () => {
  base = await mkdtemp(path.join(os.tmpdir(), 'playground-test-'))
  const workspace = path.join(base, '01-test')
  await openWorkspace(path.join(base, 'none'), workspace)
  sandbox = await createSandbox({ workspace })
  pane = createPane('shell', sandbox)
  await pane.start()
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  server = http.createServer()
  server.on('upgrade', (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, client =>
      pane.attach(client, { hello: () => ({ verdicts: [], skipped: {} }), run: async () => undefined }),
    ),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterEach(async () => {
  for (const client of clients.splice(0)) client.terminate()
  server.close()
  await sandbox.close()
  await pane.ended()
  await rm(base, { recursive: true, force: true })
})

/** A page as the server sees one: it may acknowledge what it gets, or not. */
async function connect({ acknowledge = true } = {}) {
  const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  clients.push(socket)
  const page = {
    socket,
    text: '',
    bytes: 0,
    messages: [] as ServerMessage[],
    acknowledge,
    send: (message: ClientMessage) => socket.send(JSON.stringify(message)),
    type: (text: string) => socket.send(Buffer.from(text)),
    /** Resolves when the terminal's text or messages fit. */
    until: (fits: () => boolean) => expect.poll(fits, { timeout: 20_000, interval: 5 }).toBe(true),
  }
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) {
      page.messages.push(JSON.parse(data.toString()))
      if (page.messages.at(-1)!.type === 'hello') page.bytes = 0
      return
    }
    page.bytes += data.length
    page.text += data.toString()
    if (page.acknowledge) page.send({ type: 'ack', bytes: page.bytes })
  })
  await once(socket, 'open')
  await page.until(() => page.messages.some(message => message.type === 'hello'))
  return page
}

test('a page types, a program answers, Ctrl-C ends it, and the states are told', async () => {
  const page = await connect()
  expect(page.messages[0]).toMatchObject({ type: 'hello', state: 'idle', sandbox: sandbox.kind })
  const states: string[] = []
  pane.listen(event => {
    if (event.kind === 'state') states.push(event.state)
  })
  page.type('echo $((6 * 7)); sleep 600\r')
  await page.until(() => page.text.includes('42\r\n'))
  expect(pane.state).toBe('running')
  // Ctrl-C before the shell has started `sleep` would be for the shell.
  await expect.poll(() => isBusy(sandbox.proc, pane.shell!)).toBe(false)
  page.type('\x03')
  await page.until(() => pane.state === 'idle')
  expect(states).toEqual(['running', 'idle'])
})

test('the size reaches the programs, and a program that fills the screen knows it', async () => {
  const page = await connect()
  page.send({ type: 'resize', columns: 101, rows: 37 })
  page.type('stty size\r')
  await page.until(() => page.text.includes('37 101'))
})

test('a page that parses slowly stops the shell, and loses nothing, not even at the exit', async () => {
  const page = await connect({ acknowledge: false })
  page.type('seq 1 400000; exit 3\r')
  await page.until(() => page.bytes > HIGH_WATER)
  // The shell must come to rest although there are 2.7 MB to come: what is on the way is bounded by the pty and one frame.
  let before = -1
  await page.until(() => {
    const still = page.bytes === before
    before = page.bytes
    return still
  })
  expect(page.bytes).toBeLessThan(HIGH_WATER + 512 * 1024)
  expect(pane.state).toBe('running')
  page.acknowledge = true
  page.send({ type: 'ack', bytes: page.bytes })
  await page.until(() => page.messages.at(-1)!.type === 'exit')
  expect(page.messages.at(-1)).toEqual({ type: 'exit', status: 3 })
  const output = page.text.slice(page.text.indexOf('\x07', page.text.lastIndexOf('133;C')) + 1)
  const numbers = output.match(/^\d+(?=\r$)/gm)!
  expect(numbers.length).toBe(400_000)
  expect(numbers.every((number, index) => Number(number) === index + 1)).toBe(true)
})

test('a page that comes later sees what was printed, and how many bytes of it are old', async () => {
  const first = await connect()
  first.type('echo marker-$((40 + 2))\r')
  await first.until(() => first.text.includes('marker-42\r\n') && pane.state === 'idle')
  const second = await connect()
  await second.until(() => second.text.includes('marker-42\r\n'))
  expect(second.messages[0]).toMatchObject({ type: 'hello', replay: second.bytes })
  second.type('echo both\r')
  await first.until(() => first.text.includes('both\r\n') && second.text.includes('both\r\n'))
})

test('after the shell has ended a page can ask for a fresh one', async () => {
  const page = await connect()
  page.type('exit 7\r')
  await page.until(() => page.messages.at(-1)!.type === 'exit')
  expect(pane.state).toBe('ended')
  page.send({ type: 'start' })
  await page.until(() => page.messages.at(-1)!.type === 'hello' && pane.state === 'idle')
  page.type('echo again-$((1 + 1))\r')
  await page.until(() => page.text.includes('again-2'))
})

test.each([
  ['no JSON', 'hello'],
  ['an unknown type', '{"type":"spawn","command":"sh"}'],
  ['a size out of range', '{"type":"resize","columns":0,"rows":1e9}'],
  ['a further property', '{"type":"ack","bytes":1,"cwd":"/"}'],
  ['a path for an id', '{"type":"run","fence":"../../x","command":0}'],
  ['a negative total', '{"type":"ack","bytes":-1}'],
])('%s closes the socket, and the shell goes on', async (_, text) => {
  const page = await connect()
  page.socket.send(text)
  const [code] = await once(page.socket, 'close')
  expect(code).toBe(CLOSE.badMessage)
  const other = await connect()
  other.type('echo still-$((1 + 1))\r')
  await other.until(() => other.text.includes('still-2'))
})

test('what the runner types is text, whatever characters are in it', async () => {
  const page = await connect()
  pane.type(`echo 'a\x1b[201~\x03b\tc'`)
  await page.until(() => page.text.includes('a[201~b\tc\r\n') || page.text.includes('a[201~b      c\r\n'))
  await page.until(() => pane.state === 'idle')
})

test('no shell outlives its sandbox', async () => {
  const page = await connect()
  page.type('sleep 600\r')
  await page.until(() => pane.state === 'running')
  await sandbox.close()
  await pane.ended()
  expect(pane.state).toBe('ended')
})
