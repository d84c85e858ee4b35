import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { CLOSE, type ClientMessage, type ServerMessage } from '../../playground/protocol.ts'
import type { Sandbox } from '../../playground/sandbox/kind.ts'
import { isBusy } from '../../playground/sandbox/processes.ts'
import { createSandbox } from '../../playground/sandbox/sandbox.ts'
import { MAX_WAITING } from '../../playground/terminal/audience.ts'
import { HIGH_WATER } from '../../playground/terminal/flow.ts'
import { createPane, type Pane } from '../../playground/terminal/pane.ts'
import { RATE } from '../../playground/terminal/viewer.ts'
import { openWorkspace } from '../../playground/workbench/workspace.ts'
import { runs } from '../harness/runs.ts'

let base: string
let sandbox: Sandbox
let pane: Pane
let server: http.Server
const clients: WebSocket[] = []

beforeEach(async () => {
  base = await mkdtemp(path.join(os.tmpdir(), 'playground-test-'))
  const workspace = path.join(base, '01-test')
  await openWorkspace([], workspace)
  sandbox = await createSandbox({ workspace })
  pane = createPane('shell', sandbox)
  await pane.start()
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  server = http.createServer()
  server.on('upgrade', (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, client =>
      pane.attach(client, {
        hello: () => ({ verdicts: [], skipped: {} }),
        run: async () => undefined,
        cancel() {},
      }),
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

interface ConnectOptions {
  /** @default true */
  acknowledge?: boolean
  /** Its token; a page that comes back has the same. */
  page?: string
  seen?: (ClientMessage & { type: 'join' })['seen']
  columns?: number
  rows?: number
}

let pages = 0

/** A page as the server sees one: it may acknowledge what it gets, or not. */
async function connect(options: ConnectOptions = {}) {
  const { acknowledge = true, columns = 80, rows = 24, seen } = options
  const { page: token = (++pages).toString(16).padStart(16, '0') } = options
  const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  clients.push(socket)
  const page = {
    socket,
    token,
    /** Of the terminal: pictures are not the shell's output. */
    text: '',
    bytes: 0,
    messages: [] as ServerMessage[],
    acknowledge,
    /** Whether `text` grows. */
    keep: true,
    send: (message: ClientMessage) => socket.send(JSON.stringify(message)),
    type: (text: string) => socket.send(Buffer.from(text)),
    hello: () => page.messages.findLast(message => message.type === 'hello')!,
    /** What is confirmed of its typing may come after it. */
    exit: () => page.messages.find(message => message.type === 'exit'),
    /** Resolves when the terminal's text or messages fit. */
    until: (fits: () => boolean) => expect.poll(fits, { timeout: 120_000, interval: 5 }).toBe(true),
  }
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) {
      page.messages.push(JSON.parse(data.toString()))
      if (page.messages.at(-1)!.type === 'hello') page.bytes = 0
      return
    }
    page.bytes += data.length
    if (page.keep) page.text += data.toString()
    if (page.acknowledge) page.send({ type: 'ack', bytes: page.bytes })
  })
  await once(socket, 'open')
  page.send({ type: 'join', page: token, columns, rows, ...(seen && { seen }) })
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
  await expect.poll(page.exit).toEqual({ type: 'exit', status: 3 })
  const output = page.text.slice(page.text.indexOf('\x07', page.text.lastIndexOf('133;C')) + 1)
  const numbers = output.match(/^\d+(?=\r$)/gm)!
  expect(numbers.length).toBe(400_000)
  expect(numbers.every((number, index) => Number(number) === index + 1)).toBe(true)
})

test('who connects and says nothing is let go after ten seconds, and may come again', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const silent = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
    clients.push(silent)
    const closed = once(silent, 'close')
    await once(silent, 'open')
    const joined = await connect()
    vi.advanceTimersByTime(10_000)
    // No code of ours, which would tell a page to stay away.
    expect((await closed)[0]).toBe(1006)
    expect(joined.socket.readyState).toBe(WebSocket.OPEN)
  } finally {
    vi.useRealTimers()
  }
})

test('a page that comes later sees what was printed, and how many bytes of it are old', async () => {
  const first = await connect()
  first.type('echo marker-$((40 + 2))\r')
  // To the end of the prompt: what comes of it later is no part of the picture.
  await first.until(() => /marker-42\r\n.*133;B[\w;=.]*\p{Cc}/su.test(first.text))
  const second = await connect()
  await second.until(() => second.text.includes('marker-42\r\n'))
  expect(second.messages[0]).toMatchObject({ type: 'hello', picture: second.bytes, old: 0 })
  second.type('echo both\r')
  await first.until(() => first.text.includes('both\r\n') && second.text.includes('both\r\n'))
})

describe('a page that comes back', () => {
  test('goes on where it was cut off: no byte missing, none twice', async () => {
    const first = await connect()
    const { shell, at } = first.hello()
    first.type('for i in $(seq 1 30000); do echo line $i; done; echo the-$((1 + 1))nd\r')
    await first.until(() => first.text.includes('line 100\r\n'))
    first.socket.terminate()
    const had = first.bytes - (first.hello().picture ?? 0)
    const second = await connect({ page: first.token, seen: { shell, at: at + had } })
    expect(second.hello()).toMatchObject({ shell, at: at + had })
    expect(second.hello().picture).toBeUndefined()
    await second.until(() => second.text.includes('the-2nd\r\n'))
    const all = (first.text + second.text).match(/(?<=line )\d+(?=\r\n)/g)!
    expect(all.map(Number)).toEqual(Array.from({ length: 30_000 }, (_, index) => index + 1))
  })

  test('with more missed than is kept is shown the screen as it is', async () => {
    const first = await connect()
    const { shell, at } = first.hello()
    first.socket.terminate()
    const other = await connect()
    other.type('seq 1 400000; echo the-$((1 + 1))nd\r')
    await other.until(() => other.text.includes('the-2nd\r\n') && pane.state === 'idle')
    const second = await connect({ page: first.token, seen: { shell, at } })
    expect(second.hello().picture).toBeGreaterThan(0)
    await second.until(() => /400000\r\n.*the-2nd/s.test(second.text))
  })

  test('hears what of its typing has arrived, and its old socket has no say any more', async () => {
    const first = await connect()
    first.type('echo a')
    await first.until(() => first.messages.some(message => message.type === 'typed' && message.bytes === 6))
    const { shell, at } = first.hello()
    const second = await connect({ page: first.token, seen: { shell, at } })
    expect(second.hello().typed).toBe(6)
    await first.until(() => first.socket.readyState === first.socket.CLOSED)
    expect((await connect()).hello().typed).toBe(0)
  })

  test('after the end of the shell sees how it ended, and no new one begins', async () => {
    const first = await connect()
    first.type('echo last-$((1 + 1)); exit 7\r')
    await first.until(() => first.exit() !== undefined)
    const second = await connect()
    await second.until(() => second.exit() !== undefined)
    expect(second.messages).toMatchObject([
      { type: 'hello', state: 'ended', shell: first.hello().shell },
      { type: 'exit', status: 7 },
    ])
    expect(second.text).toContain('last-2')
  })
})

describe('several pages watch one shell', () => {
  test('the one that was typed in last decides the size, and alone answers programs', async () => {
    const first = await connect({ columns: 100, rows: 30 })
    const second = await connect({ columns: 120, rows: 40 })
    expect(first.hello()).toMatchObject({ columns: 100, rows: 30, yours: true })
    expect(second.hello()).toMatchObject({ columns: 100, rows: 30, yours: false })
    second.send({ type: 'resize', columns: 121, rows: 41 })
    await second.until(() => second.messages.at(-1)!.type === 'size')
    expect(second.messages.at(-1)).toEqual({ type: 'size', columns: 100, rows: 30, yours: false })
    second.type('stty size\r')
    const sizes = (page: typeof first) => page.messages.filter(message => message.type === 'size').at(-1)
    await first.until(() => first.text.includes('41 121'))
    // On a socket of its own.
    await second.until(() => JSON.stringify(sizes(second)).includes('"columns":121'))
    expect(sizes(first)).toEqual({ type: 'size', columns: 121, rows: 41, yours: false })
    expect(sizes(second)).toEqual({ type: 'size', columns: 121, rows: 41, yours: true })
    second.socket.close()
    await first.until(() => JSON.stringify(sizes(first)).includes('"columns":100'))
    expect(sizes(first)).toEqual({ type: 'size', columns: 100, rows: 30, yours: true })
  })

  test('a slow one does not hold up the others, and sees the end', async () => {
    const fast = await connect()
    const slow = await connect({ acknowledge: false })
    fast.type('seq 1 600000; echo the-$((1 + 1))nd\r')
    await fast.until(() => fast.text.includes('the-2nd\r\n'))
    expect(slow.bytes).toBeLessThan(HIGH_WATER + 512 * 1024)
    slow.acknowledge = true
    slow.send({ type: 'ack', bytes: slow.bytes })
    await slow.until(() => slow.text.includes('the-2nd\r\n'))
    expect(slow.hello().picture).toBeGreaterThan(0)
  })
})

test('a flood of numbered lines arrives complete and in order', async () => {
  // 37 MB.
  const lines = runs(600_000)
  // A terminal takes five times as long for as many bytes in short lines.
  const line = (number: number) => `1${String(number).padStart(59, '0')}`
  const page = await connect()
  const found = createHash('sha256')
  let bytes = 0
  page.keep = false
  // From the first line on; the command's echo and the marks around it come before.
  let began = false
  let tail = Buffer.alloc(0)
  page.socket.on('message', (data: Buffer, isBinary: boolean) => {
    if (!isBinary) return
    tail = Buffer.concat([tail, data])
    if (!began) {
      const at = tail.indexOf('\x07', tail.lastIndexOf('133;C'))
      if (tail.lastIndexOf('133;C') < 0 || at < 0) return
      began = true
      tail = tail.subarray(at + 1)
    }
    // What the shell prints after the last line is shorter than this.
    const sure = Math.max(0, tail.length - 256)
    found.update(tail.subarray(0, sure))
    bytes += sure
    tail = Buffer.from(tail.subarray(sure))
  })
  page.type(`seq ${line(1)} ${line(lines)}; exit 3\r`)
  const wanted = createHash('sha256')
  let length = 0
  for (let from = 1; from <= lines; from += 100_000) {
    const part = Array.from({ length: 100_000 }, (_, index) => `${line(from + index)}\r\n`).join('')
    wanted.update(part)
    length += part.length
    // The page goes on reading meanwhile.
    await new Promise(setImmediate)
  }
  await page.until(() => page.exit() !== undefined)
  found.update(tail.subarray(0, length - bytes))
  expect(length).toBe(lines * 62)
  expect(found.digest('hex')).toBe(wanted.digest('hex'))
  expect(tail.subarray(length - bytes).toString()).toMatch(/^[^\n]*(exit\r\n)?$/)
})

test('a page that reads nothing and claims to have parsed everything stops the shell', async () => {
  const page = await connect({ acknowledge: false })
  let printed = 0
  pane.listen(event => {
    if (event.kind === 'output') printed += event.bytes.length
  })
  page.type('yes\r')
  await page.until(() => pane.state === 'running')
  page.socket.pause()
  const lie = setInterval(() => page.send({ type: 'ack', bytes: Number.MAX_SAFE_INTEGER }), 1)
  let before = -1
  let still = 0
  // Both ends' socket buffers are filled first; then nothing more is read.
  await page.until(() => {
    still = printed === before ? still + 1 : 0
    before = printed
    return still > 20
  })
  clearInterval(lie)
  // A few MB in the kernel's buffers, 1 MiB unsent, 256 KiB on the way.
  expect(printed).toBeLessThan(16 * 1024 * 1024)
})

test.each([
  ['input', (page: WebSocket) => page.send(Buffer.from('ls\r'))],
  ['a message', (page: WebSocket) => page.send('{"type":"ping"}')],
])('%s before join closes the socket', async (_, send) => {
  const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  clients.push(socket)
  await once(socket, 'open')
  send(socket)
  expect((await once(socket, 'close'))[0]).toBe(CLOSE.badMessage)
})

test('a flood of messages closes the socket, and the shell goes on', async () => {
  const page = await connect()
  const closed = once(page.socket, 'close')
  for (let sent = 0; sent <= RATE.burst + RATE.perSecond * 10; sent++) page.send({ type: 'ping' })
  expect((await closed)[0]).toBe(CLOSE.badMessage)
  const other = await connect()
  other.type('echo still-$((1 + 1))\r')
  await other.until(() => other.text.includes('still-2'))
})

test('input that no program reads is bounded, not confirmed, and the shell goes on', async () => {
  const page = await connect()
  // Raw, because the line discipline throws away what does not fit into a line.
  page.type('stty raw -echo; sleep 600\r')
  await page.until(() => pane.state === 'running')
  await expect.poll(() => isBusy(sandbox.proc, pane.shell!)).toBe(false)
  const closed = once(page.socket, 'close')
  const sent = 4 * MAX_WAITING
  for (let at = 0; at < sent; at += 65_536) page.type('x'.repeat(65_536))
  expect((await closed)[0]).toBe(CLOSE.failed)
  const other = await connect({ page: page.token, seen: { shell: page.hello().shell, at: 0 } })
  const { typed } = other.hello()
  expect(typed).toBeLessThan(sent)
  // Beside what waits there was no room for one piece more. What the kernel has taken may be confirmed.
  const told = page.messages.flatMap(message => (message.type === 'typed' ? [message.bytes] : []))
  expect(Math.max(0, ...told)).toBeLessThan(typed - (MAX_WAITING - 65_536))
  other.type('\x03')
})

test('Ctrl-C drops what waits for a program to read', async () => {
  const page = await connect()
  page.type('sleep 600\r')
  await expect.poll(() => pane.state).toBe('running')
  for (let line = 0; line < 5000; line++) page.type(`: ${'x'.repeat(100)}\r`)
  page.type('\x03')
  page.type('\recho a"b" of $HISTCMD\r')
  const [file, ...args] = sandbox.command([
    'bash',
    '-c',
    'kill $(grep -lsx sleep /proc/[0-9]*/comm | cut -d/ -f3)',
  ])
  await promisify(execFile)(file!, args, { env: sandbox.env })
  // What the terminal itself had taken by then is read by the shell.
  await page.until(() => /ab of \d+\r/.test(page.text))
  expect(Number(/ab of (\d+)\r/.exec(page.text)![1])).toBeLessThan(1500)
})

test('after the shell has ended a page can ask for a fresh one', async () => {
  const page = await connect()
  page.type('exit 7\r')
  await page.until(() => page.exit() !== undefined)
  expect(pane.state).toBe('ended')
  page.send({ type: 'start' })
  await page.until(
    () => page.messages.filter(({ type }) => type === 'hello').length === 2 && pane.state === 'idle',
  )
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

test('a prompt that readline draws anew asks for nothing', async () => {
  const marks: string[] = []
  pane.listen(event => {
    if (event.kind === 'prompt') marks.push(event.continuation ? 'more' : 'next')
    if (event.kind === 'end') marks.push('end')
  })
  // Ctrl-L clears the screen, and shows the line again that is being written.
  pane.write('if tr\fue; then\recho o\fne; fi\r')
  await expect.poll(() => marks.slice(marks.indexOf('end'))).toEqual(['end', 'next'])
  expect(marks).toEqual(['more', 'end', 'next'])
})

test('no shell outlives its sandbox', async () => {
  const page = await connect()
  page.type('sleep 600\r')
  await page.until(() => pane.state === 'running')
  await sandbox.close()
  await pane.ended()
  expect(pane.state).toBe('ended')
})
