/** What asks for a scene's files and its transcript, and what asks to close terminals: who holds the key, of a scene that runs. */
import { afterEach, expect, test } from 'vitest'
import { parseAct } from '../../playground/scenes/acts.ts'
import { ActError } from '../../playground/workbench/act-error.ts'
import { createFakeSeat, type Front, KEY, raw, request, startFront } from '../harness/front.ts'

let front: Front | undefined
afterEach(() => front?.close())

async function ask(
  what: string,
  fields: Record<string, string> = {},
  { name = 'world-a', method = 'GET' } = {},
) {
  const head = request(`${method} /api/${what}/${name}`, {
    Host: `127.0.0.1:${front!.port}`,
    Authorization: `Bearer ${KEY}`,
    Connection: 'close',
    ...fields,
  })
  return raw(front!.port, head)
}
const taken = () => front!.seat.calls.filter(call => call.startsWith('take '))

test.each(['transcript', 'archive'])('with the key the %s is there', async what => {
  front = await startFront()
  const { status, body, headers } = await ask(what)
  expect([status, body, headers['cache-control']]).toEqual([200, what, 'no-store'])
  expect(taken()).toEqual([`take world-a ${what}`])
})

test.each<[what: string, status: number, fields: Record<string, string>, over?: object]>([
  ['without a key', 401, { Authorization: 'none' }],
  ['with another key', 401, { Authorization: `Bearer ${'A'.repeat(43)}` }],
  ['from a page of another site', 403, { Origin: 'http://evil.example' }],
  ['started by another site', 403, { 'Sec-Fetch-Site': 'cross-site' }],
  ['of what is not there', 404, {}, { name: 'missing' }],
  ['of a name that is a path', 404, {}, { name: '..%2fworld-a' }],
  ['with another method', 405, {}, { method: 'POST' }],
  ['with a body', 413, { 'Content-Length': '5' }],
])('%s: %i, and nothing is taken', async (_what, status, fields, over) => {
  front = await startFront()
  for (const what of ['transcript', 'archive']) expect((await ask(what, fields, over)).status).toBe(status)
  expect(taken()).toEqual([])
})

test('where no scene runs it is said', async () => {
  const take = () => Promise.reject(new ActError(409, 'No scene runs here yet.'))
  front = await startFront(undefined, createFakeSeat({ take }))
  const { status, body } = await ask('archive')
  expect([status, body.trim()]).toEqual([409, 'No scene runs here yet.'])
})

test.each([
  { act: 'close', pane: 'tools' },
  { act: 'close', pane: 'server' },
  { act: 'close', pane: 7 },
  { act: 'close' },
  { act: 'copy', script: 7 },
  { act: 'copy', script: '06-distribution/own.ts', to: '/etc' },
])('%j is nothing that is done', act => {
  expect(() => parseAct(act)).toThrow(expect.objectContaining({ status: 400 }))
})
