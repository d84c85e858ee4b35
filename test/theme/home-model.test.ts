import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createModel, hashFourTuple, scale, seeded } from '../../.vitepress/theme/home/model.ts'

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 })

test('the same four-tuple has the same hash; another port has another one', () => {
  fc.assert(
    fc.property(word, word, word, (secret, port, other) => {
      fc.pre(port !== other)
      const hash = (source: number) => hashFourTuple([0x7f000001, source, 0x7f000001, 8080], secret)
      expect(hash(port)).toBe(hash(port))
      expect(hash(port)).not.toBe(hash(other))
    }),
  )
})

test('a hash is scaled to every listener and to none beyond', () => {
  fc.assert(
    fc.property(word, fc.integer({ min: 1, max: 64 }), (hash, count) => {
      const listener = scale(hash, count)
      expect(listener).toBeGreaterThanOrEqual(0)
      expect(listener).toBeLessThan(count)
    }),
  )
  expect([0, 1, 2, 3].map(part => scale(part * 2 ** 30, 4))).toEqual([0, 1, 2, 3])
  expect(scale(2 ** 32 - 1, 4)).toBe(3)
})

test('1000 connections over four listeners stay within what the kernel does', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const model = createModel(4, seeded(seed))
    for (let i = 0; i < 1000; i++) model.connect()
    // As measured and computed for the lessons: false once in a million runs.
    expect(Math.min(...model.counts)).toBeGreaterThanOrEqual(179)
    expect(Math.max(...model.counts)).toBeLessThanOrEqual(321)
  }
})

test('what is counted is what arrived', () => {
  fc.assert(
    fc.property(
      word,
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 0, max: 50 }),
      (seed, listeners, n) => {
        const model = createModel(listeners, seeded(seed))
        const arrivals = Array.from({ length: n }, () => model.connect())
        const counts = model.counts.map(
          (_, index) => arrivals.filter(({ listener }) => listener === index).length,
        )
        expect(model.counts).toEqual(counts)
        expect(model.total).toBe(n)
        expect(model.last).toEqual(arrivals.at(-1))
        for (const { port } of arrivals) expect(port >= 32768 && port <= 60999).toBe(true)
      },
    ),
  )
})
