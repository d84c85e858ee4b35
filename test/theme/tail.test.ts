import { expect, test } from 'vitest'
import {
  answersOf,
  barsOf,
  heightOf,
  lineOf,
  milliseconds,
  summaryOf,
} from '../../.vitepress/theme/scene/tail.ts'
import type { LoadReport } from '../../playground/protocol.ts'

const report = (at: number, over: Partial<LoadReport> = {}): LoadReport => ({
  at,
  answered: 50,
  lost: 0,
  p50: 10,
  p99: 100,
  longest: 200,
  times: [
    [10, 30],
    [100, 20],
  ],
  workers: [
    [7, 20],
    [8, 30],
  ],
  ...over,
})

test('the axis is logarithmic: ten times as long is a step of one height', () => {
  expect(heightOf(0)).toBe(0)
  expect(heightOf(1)).toBe(0)
  expect(heightOf(1e9)).toBe(1)
  expect(heightOf(100) - heightOf(10)).toBeCloseTo(heightOf(1000) - heightOf(100))
})

test('a line ends at the right, goes back a minute, and has a gap where nothing was answered', () => {
  const size = { width: 60, height: 100 }
  const reports = [
    report(0),
    report(39),
    report(40),
    report(41, { answered: 0 }),
    report(80),
    report(99),
    report(100),
  ]
  const line = lineOf(reports, 'p50', size)
  expect(line.match(/[ML][\d.]+/g)).toEqual(['M0.0', 'M40.0', 'L59.0', 'L60.0'])
  expect(lineOf([], 'p50', size)).toBe('')
})

test('bars and shares are of the last ten seconds', () => {
  const reports = [report(1), report(12), report(12.5, { times: [[10, 10]], workers: [[9, 10]] })]
  const bars = barsOf(reports)
  expect(bars.filter(({ count }) => count > 0)).toEqual([
    { end: 10, count: 40, part: 1 },
    { end: 100, count: 20, part: 0.5 },
  ])
  // As many as without answers: nothing jumps.
  expect(bars.map(({ end }) => end)).toEqual(barsOf([]).map(({ end }) => end))
  expect(answersOf(reports)).toEqual([
    { pid: 7, count: 20 },
    { pid: 8, count: 30 },
    { pid: 9, count: 10 },
  ])
})

test('in words: what is lost counts from the start, the rest for the last ten seconds', () => {
  const reports = [report(1, { lost: 3, p99: 900 }), report(20), report(20.5, { p50: 20, p99: 40, lost: 1 })]
  expect(summaryOf(reports)).toEqual({ rate: 100, lost: 4, p50: 20, p99: 100 })
  expect(summaryOf([])).toEqual({ rate: 0, lost: 0, p50: undefined, p99: undefined })
  expect([undefined, 2.04, 41.6].map(milliseconds)).toEqual(['–', '2.0 ms', '42 ms'])
})
