/** What asks for something to be done to a scene: names and numbers of who holds the key, and nothing else. */
import { afterEach, expect, test } from 'vitest'
import { ActError } from '../../playground/workbench/act-error.ts'
import { createFakeSeat, type Front, KEY, raw, request, startFront } from '../harness/front.ts'

let front: Front
afterEach(() => front.close())

const BODY = '{"act":"add"}'

async function ask(
  fields: Record<string, string> = {},
  { name = 'world-a', body = BODY, method = 'POST' } = {},
) {
  const head = request(`${method} /api/act/${name}`, {
    Host: `127.0.0.1:${front.port}`,
    Authorization: `Bearer ${KEY}`,
    'Content-Length': `${Buffer.byteLength(body)}`,
    Connection: 'close',
    ...fields,
  })
  const { status, body: said } = await raw(front.port, head + body)
  return { status, said: said.trim() }
}
const acted = () => front.seat.calls.filter(call => call.startsWith('act '))

test('with the key it is done', async () => {
  front = await startFront()
  expect(await ask()).toEqual({ status: 204, said: '' })
  expect(acted()).toEqual(['act world-a {"act":"add"}'])
})

test.each<[what: string, status: number, fields: Record<string, string>, over?: object]>([
  ['without a key', 401, { Authorization: 'none' }],
  ['with another key', 401, { Authorization: `Bearer ${'A'.repeat(43)}` }],
  ['from a page of another site', 403, { Origin: 'http://evil.example' }],
  ['started by another site', 403, { 'Sec-Fetch-Site': 'cross-site' }],
  ['for another host', 403, { Host: 'evil.example' }],
  ['to what is not there', 404, {}, { name: 'missing' }],
  ['to a name that is a path', 404, {}, { name: '..%2fworld-a' }],
  ['with another method', 405, {}, { method: 'PUT' }],
  ['with no JSON', 400, {}, { body: '{"act":' }],
  ['with more than may be', 413, {}, { body: `"${'x'.repeat(5000)}"` }],
])('%s: %i, and nothing is done', async (_what, status, fields, over) => {
  front = await startFront()
  const answer = await ask(fields, over)
  expect(answer.status).toBe(status)
  expect(answer.said).toMatch(/^\P{Cc}{8,120}$/u)
  expect(acted()).toEqual([])
})

test.each([
  [new ActError(409, 'No worker of this scene has the number 9 any more.'), 409],
  [new ActError(400, 'pid: expected a number'), 400],
  [new Error('the sandbox\nhas ended'), 409],
])('%s: said in one line', async (error, status) => {
  front = await startFront(undefined, createFakeSeat({ act: () => Promise.reject(error) }))
  expect(await ask()).toEqual({ status, said: error.message.replace('\n', ' ') })
})
