import { expect, test } from 'vitest'
import { quantile, ratio } from './bench/stats.ts'

test('quantiles are values that were measured, ratios those of the same round', () => {
  expect(quantile([3, 1, 2], 0.5)).toBe(2)
  expect(quantile([1, 2, 3, 4], 0.99)).toBe(4)
  expect(ratio([1, 4, 9], [2, 4, 3])).toEqual({ median: 1, least: 0.5, most: 3 })
})
