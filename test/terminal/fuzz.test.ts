/** Random and hostile frames: at the parser, and over real sockets at the whole server. */
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MAX_FRAME, parseClientMessage } from '../../playground/protocol.ts'
import { openSocket, openStage, type Stage } from '../harness/client.ts'
import { runs } from '../harness/runs.ts'

const token = fc.stringMatching(/^[0-9a-f]{16}$/)
const number = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.constantFrom(0, -1, 1e308, Number.MAX_SAFE_INTEGER, 80, 24),
)
const odd = fc.oneof(fc.jsonValue(), number, fc.string(), token)

/** Nearly a message: its fields may be missing, foreign or of another type. */
const nearly = fc.oneof(
  fc.record(
    { type: fc.constant('join'), page: fc.oneof(token, odd), columns: number, rows: number, seen: odd },
    { requiredKeys: ['type'] },
  ),
  fc.record(
    {
      type: fc.constantFrom('resize', 'ack', 'start', 'ping', 'run', 'cancel', 'spawn', '__proto__'),
      columns: number,
      rows: number,
      bytes: number,
    },
    { requiredKeys: ['type'] },
  ),
  fc.record(
    {
      type: fc.constantFrom('run', 'cancel'),
      fence: fc.oneof(fc.stringMatching(/^[0-9a-f]{10}$/), odd),
      command: number,
      toHere: odd,
      interrupt: odd,
    },
    { requiredKeys: ['type'] },
  ),
  fc.dictionary(fc.string(), odd),
)
const text = fc.oneof(
  nearly.map(value => JSON.stringify(value)),
  fc.string({ maxLength: 200 }),
  fc.json(),
)

test('the parser takes what is in the protocol and throws at all else', () => {
  fc.assert(
    fc.property(text, candidate => {
      let message: ReturnType<typeof parseClientMessage>
      try {
        message = parseClientMessage(candidate)
      } catch (error) {
        expect(['SyntaxError', 'ValiError']).toContain((error as Error).name)
        return
      }
      expect(['join', 'resize', 'ack', 'start', 'ping', 'run', 'cancel']).toContain(message.type)
      // Nothing beside what was checked has come through.
      expect(parseClientMessage(JSON.stringify(message))).toEqual(message)
      expect(Object.getPrototypeOf(message)).toBe(Object.prototype)
    }),
    { numRuns: runs(1000) },
  )
})

let stage: Stage
const uncaught: unknown[] = []
const onUncaught = (error: unknown) => uncaught.push(error)
beforeAll(async () => {
  stage = await openStage()
  process.on('uncaughtException', onUncaught)
  process.on('unhandledRejection', onUncaught)
})
afterAll(async () => {
  process.off('uncaughtException', onUncaught)
  process.off('unhandledRejection', onUncaught)
  await stage.close()
})

const frame = fc.oneof(
  { weight: 6, arbitrary: text.map(data => ({ data: data as string | Buffer, raw: false })) },
  {
    weight: 3,
    arbitrary: fc
      .uint8Array({ maxLength: 2000 })
      .map(data => ({ data: Buffer.from(data) as string | Buffer, raw: false })),
  },
  { weight: 1, arbitrary: fc.constant({ data: Buffer.alloc(MAX_FRAME + 1) as string | Buffer, raw: false }) },
  // Bytes that are no frame at all.
  {
    weight: 2,
    arbitrary: fc
      .uint8Array({ minLength: 1, maxLength: 200 })
      .map(data => ({ data: Buffer.from(data) as string | Buffer, raw: true })),
  },
)

test('whatever frames come, the server answers the next page, and nothing escapes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(frame, { maxLength: 12 }), async (joins, frames) => {
      const socket = openSocket(stage.port, '/api/panes/01-one/shell')
      const closed = new Promise(resolve => socket.once('close', resolve))
      socket.on('error', () => {})
      await new Promise(resolve => socket.once('open', resolve))
      if (joins)
        socket.send(
          JSON.stringify({ type: 'join', page: randomBytes(8).toString('hex'), columns: 80, rows: 24 }),
        )
      const { _socket: stream } = socket as unknown as { _socket: Socket }
      for (const { data, raw } of frames) {
        if (raw) stream.write(data)
        else if (socket.readyState === socket.OPEN) socket.send(data)
      }
      socket.close()
      // In the middle of what looks like a frame the server waits for the rest of it, and sees no close.
      stream.end()
      await closed
      expect(uncaught).toEqual([])
    }),
    { numRuns: runs(30) },
  )
  // Whatever was typed at random runs, waits, or has ended the shell: the way on is the page's own.
  expect((await stage.fetch('/api/reset/01-one', 'POST')).status).toBe(204)
  const page = await stage.join('01-one')
  await page.answers()
  expect((await stage.fetch('/api/health')).status).toBe(200)
})
