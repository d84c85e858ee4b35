/** Whether a key fits: the page asks before it replaces the one it has, and nobody else learns anything by asking. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Front, KEY, raw, request, startFront } from '../harness/front.ts'

let front: Front

beforeEach(async () => {
  front = await startFront()
})
afterEach(() => front.close())

const ask = (fields: Record<string, string | undefined> = {}, method = 'GET') =>
  raw(
    front.port,
    request(`${method} /api/key`, {
      Host: `127.0.0.1:${front.port}`,
      Connection: 'close',
      Authorization: `Bearer ${KEY}`,
      ...fields,
    }),
  )

test('the key that fits is 204, any other 401, and neither is kept by anyone', async () => {
  const fits = await ask()
  expect(fits.status).toBe(204)
  expect(fits.headers['cache-control']).toBe('no-store')
  const other = await ask({ Authorization: `Bearer ${'A'.repeat(43)}` })
  expect(other.status).toBe(401)
  expect(other.headers['cache-control']).toBe('no-store')
  expect((await ask({ Authorization: undefined })).status).toBe(401)
  expect((await ask({}, 'POST')).status).toBe(405)
  expect(front.seat.calls).toEqual([])
})

for (const [who, fields] of [
  ['another origin', { Origin: 'https://evil.example' }],
  ['another port', { Origin: 'http://127.0.0.1:1' }],
  ['a frame', { Origin: 'null' }],
  ['a page that sends no origin', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' }],
  ['another port without an origin', { 'Sec-Fetch-Site': 'same-site', 'Sec-Fetch-Mode': 'no-cors' }],
] as const) {
  test(`a page of ${who} cannot ask, not even with the key`, async () => {
    expect((await ask(fields)).status).toBe(403)
  })
}

test('a hundred wrong keys leave twenty lines in the log, and none of them a key', async () => {
  for (let turn = 0; turn < 100; turn++) await ask({ Authorization: `Bearer ${'B'.repeat(43)}` })
  expect(front.lines.length).toBeLessThanOrEqual(21)
  expect(front.lines.join()).not.toMatch(/BBBB/)
})
