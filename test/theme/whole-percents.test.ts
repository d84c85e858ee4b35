import fc from 'fast-check'
import { expect, test } from 'vitest'
import { wholePercents } from '../../.vitepress/theme/ui/whole-percents.ts'

test('the percents of a whole add up to 100, and none is off by one or more', () => {
  expect(wholePercents([0.485, 0.515])).toEqual([49, 51])
  expect(wholePercents([1 / 3, 1 / 3, 1 / 3])).toEqual([34, 33, 33])
  expect(wholePercents([0.25, 0.2525])).toEqual([25, 25])
  expect(wholePercents([])).toEqual([])
  fc.assert(
    fc.property(fc.array(fc.nat(10_000), { minLength: 1, maxLength: 16 }), counts => {
      const all = counts.reduce((sum, count) => sum + count, 0)
      fc.pre(all > 0)
      const percents = wholePercents(counts.map(count => count / all))
      expect(percents.reduce((sum, percent) => sum + percent, 0)).toBe(100)
      for (const [index, percent] of percents.entries())
        expect(Math.abs(percent - (100 * counts[index]!) / all)).toBeLessThan(1)
    }),
  )
})
