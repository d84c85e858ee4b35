/** A page without a browser: joins a pane of a running server, acknowledges what it gets, and can be waited for. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect } from 'vitest'
import { type ClientOptions, WebSocket } from 'ws'
import type { ClientMessage, ServerMessage } from '../../playground/protocol.ts'
import { createPlayground, type Playground } from '../../playground/server/server.ts'
import { lessonSetup } from '../../playground/workbench/lesson-workbench.ts'
import { createSeat, type SeatOptions } from '../../playground/workbench/seat.ts'
import { createFakeSite, HEALTH, KEY } from './front.ts'

export interface Stage {
  port: number
  /** The user's state folder. */
  state: string
  /** What was logged. */
  lines: string[]
  /** One for each seat; the first is `KEY`. */
  keys: readonly string[]
  /** Asks for a path with the key of a seat, by default the first. */
  fetch(target: string, method?: string, seat?: number, body?: string): Promise<Response>
  /** Opens a pane's socket. Resolves when it has been greeted, or rejects with the reason why not. */
  join(
    lesson: string,
    pane?: string,
    join?: Partial<ClientMessage & { type: 'join' }>,
    options?: ClientOptions & { seat?: number },
  ): Promise<Page>
  close(): Promise<void>
}

export interface Page {
  socket: WebSocket
  messages: ServerMessage[]
  /** What the shell has printed, pictures included. */
  text: string
  send(message: ClientMessage): void
  type(text: string): void
  until(fits: () => boolean): Promise<void>
  /** Types a command and waits for what only its output can be. */
  answers(): Promise<void>
  /** Resolves with code and reason when the server closes the socket. */
  closed: Promise<{ code: number; reason: string }>
}

export interface StageOptions extends Partial<Omit<SeatOptions, 'workspaces' | 'log'>> {
  /** The user's state folder. @default a new one */
  state?: string
  /** Panes of each lesson's page. @default shell */
  panes?: string[]
  /** @default 01-one */
  lessons?: string[]
  /** @default 1 */
  seats?: number
}

/** A real server with real shells, and a page for each lesson. */
export async function openStage({
  panes = ['shell'],
  lessons = ['01-one'],
  seats = 1,
  ...options
}: StageOptions = {}): Promise<Stage> {
  const base = await mkdtemp(path.join(os.tmpdir(), 'playground-test-'))
  const state = options.state ?? path.join(base, 'state')
  await mkdir(path.join(base, 'docs/lessons'), { recursive: true })
  await mkdir(state, { recursive: true, mode: 0o700 })
  const fences = panes.map(pane => `\`\`\`console pane=${pane}\n$ true\n\`\`\`\n`)
  for (const lesson of lessons) {
    await mkdir(path.join(base, 'lessons', lesson), { recursive: true })
    await writeFile(path.join(base, 'lessons', lesson, 'server.ts'), '// shipped\n')
    await writeFile(path.join(base, 'docs/lessons', `${lesson}.md`), `# One\n\n${fences.join('\n')}`)
  }
  const lines: string[] = []
  const log = (line: string) => lines.push(line)
  const keys = [KEY, ...Array.from({ length: seats - 1 }, () => randomBytes(32).toString('base64url'))]
  const openSeat = (seat: string) =>
    createSeat({
      find: name => lessonSetup(base, name),
      workspaces: path.join(state, 'workspaces', seat),
      log,
      ...options,
    })
  const playground: Playground = await createPlayground({
    host: '127.0.0.1',
    port: 0,
    seats: new Map(keys.map((key, index) => [key, openSeat(`seat-${index}`)])),
    health: HEALTH,
    createSite: () => createFakeSite(),
    log,
  })
  const { port } = playground
  const origin = `http://127.0.0.1:${port}`
  const sockets: WebSocket[] = []
  return {
    port,
    state,
    lines,
    keys,
    fetch: (target, method = 'GET', seat = 0, body) =>
      fetch(origin + target, { method, body, headers: { authorization: `Bearer ${keys[seat]}` } }),
    async join(lesson, pane = 'shell', join = {}, { seat = 0, ...options } = {}) {
      const socket = openSocket(port, `/api/panes/${lesson}/${pane}`, keys[seat], options)
      sockets.push(socket)
      return joined(socket, join)
    },
    async close() {
      for (const socket of sockets) socket.terminate()
      await playground.close()
      await rm(base, { recursive: true, force: true })
    },
  }
}

/** A socket as a page opens one. */
export function openSocket(port: number, path: string, key = KEY, options?: ClientOptions): WebSocket {
  const origin = `http://127.0.0.1:${port}`
  return new WebSocket(`ws://127.0.0.1:${port}${path}`, ['playground', `key.${key}`], { origin, ...options })
}

async function joined(socket: WebSocket, join: Partial<ClientMessage & { type: 'join' }>): Promise<Page> {
  let bytes = 0
  const page: Page = {
    socket,
    messages: [],
    text: '',
    send: message => socket.send(JSON.stringify(message)),
    type: text => socket.send(Buffer.from(text)),
    until: fits => expect.poll(fits).toBe(true),
    async answers() {
      const word = randomBytes(4).toString('hex')
      // The word in two parts: the shell's echo of the command is not it.
      page.type(`echo ${word.slice(0, 4)}''${word.slice(4)}\r`)
      await page.until(() => page.text.includes(word))
    },
    closed: once(socket, 'close').then(([code, reason]) => ({ code, reason: String(reason) })),
  }
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) {
      bytes += data.length
      page.text = (page.text + data.toString('latin1')).slice(-1_000_000)
      if (socket.readyState === socket.OPEN) page.send({ type: 'ack', bytes })
      return
    }
    const message: ServerMessage = JSON.parse(data.toString())
    if (message.type === 'hello') bytes = 0
    page.messages.push(message)
  })
  // One that is refused never opens, which says more.
  page.closed.catch(() => {})
  await once(socket, 'open')
  page.send({ type: 'join', page: randomBytes(8).toString('hex'), columns: 80, rows: 24, ...join })
  const greeted = page.until(() => page.messages.some(({ type }) => type === 'hello' || type === 'exit'))
  const refused = page.closed.then(({ reason }) => {
    throw new Error(reason)
  })
  await Promise.race([greeted, refused])
  // Once greeted, its end is whoever waits for `closed` to hear of.
  refused.catch(() => {})
  greeted.catch(() => {})
  return page
}
