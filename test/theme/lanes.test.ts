import { expect, test } from 'vitest'
import { remember } from '../../.vitepress/theme/machine/history.ts'
import { describeLanes, lanesOf, runsOf } from '../../.vitepress/theme/machine/lanes.ts'
import type { Machine } from '../../playground/protocol.ts'
import { held, listener, machine, NOTHING, process } from './machines.ts'

/** Four connections, of which one is worked on at a time: 250 ms each. */
const LESSON_01 = [
  state(0, 0, 0, 0),
  state(10_000, 4, 3, 1),
  state(10_250, 4, 2, 1),
  state(10_500, 4, 1, 1),
  state(10_750, 4, 0, 1),
  state(11_000, 4, 0, 0),
]

function state(at: number, accepted: number, waiting: number, working: number): Machine {
  return machine({
    at,
    listeners: [listener(20, [4], { queue: waiting })],
    connections: working > 0 ? [held(4, working)] : [],
    processes: [process(4)],
    counters: { ...NOTHING, accepted },
  })
}

test('who waits becomes a staircase', () => {
  const [run, ...others] = runsOf(LESSON_01)
  expect(others).toEqual([])
  expect(run).toEqual({ from: 9750, to: 11_250 })
  const [lane] = lanesOf(LESSON_01, run!, [4])
  expect(lane).toMatchObject({ pid: 4 })
  expect(lane!.stretches.map(({ from, to, waiting, working }) => [from, to, waiting, working])).toEqual([
    [10_000, 10_250, 3, 1],
    [10_250, 10_500, 2, 1],
    [10_500, 10_750, 1, 1],
    [10_750, 11_000, 0, 1],
  ])
  expect(describeLanes([lane!], run!, [4])).toBe('1.5 seconds. worker A: up to 3 waited, up to 1 were held.')
})

test('stillness ends a run, but not while somebody waits; what listens or computes alone is none', () => {
  const times = (states: Machine[]) => runsOf(states).map(({ from, to }) => [from + 250, to - 250])
  const later = LESSON_01.map(each => ({
    ...each,
    at: each.at + 5000,
    counters: { ...NOTHING, accepted: 9 },
  }))
  expect(times([...LESSON_01, ...later.slice(1)])).toEqual([
    [10_000, 11_000],
    [15_000, 16_000],
  ])
  expect(times([state(0, 0, 0, 0), state(1000, 3, 3, 0), state(9000, 3, 0, 0)])).toEqual([[1000, 9000]])
  expect(
    runsOf([
      machine(),
      state(1000, 0, 0, 0),
      { ...state(2000, 0, 0, 0), processes: [process(4, { cpu: 1 })] },
    ]),
  ).toEqual([])
})

test('a lane for each worker in the order of the letters, and one for a queue that they share', () => {
  const own = machine({
    at: 1000,
    listeners: [listener(20, [4], { queue: 2 }), listener(21, [5])],
    connections: [held(5, 7), held(undefined, 2), { ...held(6, 9), server: false }],
  })
  expect(lanesOf([own], { from: 0, to: 2000 }, [5, 4])).toEqual([
    { key: '5', pid: 5, stretches: [{ from: 1000, to: 2000, waiting: 0, working: 7 }] },
    { key: '4', pid: 4, stretches: [{ from: 1000, to: 2000, waiting: 2, working: 0 }] },
  ])
  const shared = machine({
    at: 0,
    listeners: [listener(20, [4, 5], { queue: 2 })],
    connections: [held(5, 1)],
  })
  expect(lanesOf([shared], { from: 0, to: 10 }, [4, 5])).toEqual([
    { key: 'shared', pid: undefined, stretches: [{ from: 0, to: 10, waiting: 2, working: 0 }] },
    { key: '4', pid: 4, stretches: [] },
    { key: '5', pid: 5, stretches: [{ from: 0, to: 10, waiting: 0, working: 1 }] },
  ])
})

test('a run can be seen again ten minutes later, and what is kept has a bound', () => {
  const later = state(500_000, 4, 0, 0)
  expect(runsOf(remember(LESSON_01, later))).toHaveLength(1)
  let history: Machine[] = []
  for (let at = 0; at < 5000; at++) history = remember(history, state(at, at, 0, 0))
  expect(history).toHaveLength(2000)
  expect(history.at(-1)!.at).toBe(4999)
})
