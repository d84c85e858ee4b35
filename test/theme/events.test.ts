import { expect, test } from 'vitest'
import { eventsBetween, eventsIn, isRemarkable, sayEvent } from '../../.vitepress/theme/machine/events.ts'
import { runsOf } from '../../.vitepress/theme/machine/lanes.ts'
import type { Machine } from '../../playground/protocol.ts'
import { listener, machine, NOTHING, process } from './machines.ts'

const two = machine({
  listeners: [listener(20, [4]), listener(21, [5])],
  processes: [process(4), process(5)],
})

function counted(
  state: Machine,
  counters: Partial<Machine['counters']>,
  changes: Partial<Machine> = {},
): Machine {
  return { ...state, ...changes, counters: { ...state.counters, ...counters } }
}

test('nothing has changed: nothing has happened', () => {
  expect(eventsBetween(two, { ...two, at: 9 })).toEqual([])
})

test('connections are one worker’s where there is one alone', () => {
  expect(eventsBetween(two, counted(two, { accepted: 7 }))).toEqual([{ kind: 'arrived', count: 7 }])
  const one = machine({ listeners: [listener(20, [4])], processes: [process(4)] })
  expect(eventsBetween(one, counted(one, { accepted: 7 }))).toEqual([{ kind: 'arrived', count: 7, pid: 4 }])
})

test('what the kernel counts as gone wrong, and starts that it has refused', () => {
  const after = counted(two, { overflows: 3, resets: 2, migrated: 1 }, { refused: 1 })
  expect(eventsBetween(two, after)).toEqual([
    { kind: 'overflow', count: 3 },
    { kind: 'reset', count: 2 },
    { kind: 'migrated', count: 1 },
    { kind: 'refused', count: 1 },
  ])
})

test('a client’s answers come when they are counted, once', () => {
  const answers = [
    { pid: 4, count: 498 },
    { pid: 5, count: 502 },
  ]
  expect(eventsBetween(two, { ...two, answers })).toEqual(
    answers.map(each => ({ kind: 'answered', ...each })),
  )
  expect(eventsBetween({ ...two, answers }, { ...two, answers: [...answers] })).toEqual([])
})

test('workers begin to listen, stand still, go on and end', () => {
  const one = machine({ listeners: [listener(20, [4])], processes: [process(4), process(5)] })
  expect(eventsBetween(one, two)).toEqual([{ kind: 'listens', pid: 5 }])
  const stopped = { ...two, processes: [process(4), process(5, { state: 'T' })] }
  expect(eventsBetween(two, stopped)).toEqual([{ kind: 'stopped', pid: 5 }])
  expect(eventsBetween(stopped, two)).toEqual([{ kind: 'continued', pid: 5 }])
  expect(eventsBetween(two, { ...one, processes: [process(4)] })).toEqual([{ kind: 'died', pid: 5 }])
  // Closed, but alive.
  expect(eventsBetween(two, one)).toEqual([])
})

test('a start that is refused, and a worker that ends, are a run of their own; a start that works is none', () => {
  const states = [machine(), { ...two, at: 1000 }, { ...two, at: 9000, refused: 1 }]
  expect(runsOf(states)).toEqual([{ from: 8750, to: 9250 }])
  expect(eventsIn(states).map(({ kind, at }) => [kind, at])).toEqual([
    ['listens', 1000],
    ['listens', 1000],
    ['refused', 9000],
  ])
  expect(runsOf([two, machine({ at: 5000 })])).toEqual([{ from: 4750, to: 5250 }])
})

test('each is said in a few words', () => {
  const letter = (pid: number) => ({ 4: 'A' })[pid]
  const said = eventsBetween(
    two,
    machine({
      counters: { ...NOTHING, accepted: 5, overflows: 1 },
      refused: 2,
      answers: [{ pid: 4, count: 3 }],
    }),
  ).map(event => [isRemarkable(event), sayEvent(event, letter)])
  expect(said).toEqual([
    [false, '5 came'],
    [true, '1 turned away: a queue is full'],
    [true, '2 starts refused'],
    [false, 'A answered 3'],
    [true, 'A has ended'],
    [true, 'process 5 has ended'],
  ])
})

test('a connection that is refused is answered with a reset: the kernel counts both in one', () => {
  expect(sayEvent({ kind: 'reset', count: 4 }, () => undefined)).toBe('4 reset or refused')
})
