import { expect, test } from 'vitest'
import { answersAfter, flowsBetween } from '../../.vitepress/theme/machine/flows.ts'
import type { ConnectionGroup, Machine } from '../../playground/protocol.ts'
import { held, listener, machine, NOTHING } from './machines.ts'

const one = (accepted: number, queue: number, ...connections: ConnectionGroup[]) =>
  machine({ listeners: [listener(20, [4], { queue })], connections, counters: { ...NOTHING, accepted } })
const two = (accepted: number, queues: [number, number], ...connections: ConnectionGroup[]) =>
  machine({
    listeners: [listener(20, [4], { queue: queues[0] }), listener(21, [5], { queue: queues[1] })],
    connections,
    counters: { ...NOTHING, accepted },
  })

test('four come, one is taken, three wait; then they are taken', () => {
  expect(flowsBetween(one(0, 0), one(4, 3, held(4, 1)))).toEqual([
    { leg: 'in', queue: 20, count: 3 },
    { leg: 'through', queue: 20, pid: 4, count: 1 },
  ])
  expect(flowsBetween(one(4, 3, held(4, 1)), one(4, 2, held(4, 1)))).toEqual([
    { leg: 'out', queue: 20, pid: 4, count: 1 },
  ])
})

test('what came and went is one worker’s where there is one, nobody’s where there are two', () => {
  expect(flowsBetween(one(0, 0), one(90, 0))).toEqual([{ leg: 'through', queue: 20, pid: 4, count: 90 }])
  expect(flowsBetween(two(0, [0, 0]), two(90, [0, 2], held(4, 3)))).toEqual([
    { leg: 'through', queue: 20, pid: 4, count: 3 },
    { leg: 'in', queue: 21, count: 2 },
    { leg: 'through', count: 85 },
  ])
  const shared = (accepted: number) =>
    machine({ listeners: [listener(20, [4, 5])], counters: { ...NOTHING, accepted } })
  expect(flowsBetween(shared(0), shared(7))).toEqual([
    { leg: 'through', queue: 20, pid: undefined, count: 7 },
  ])
})

test('once a client has counted, what came is divided as it has counted, to the last one', () => {
  const answers = [
    { pid: 4, count: 333 },
    { pid: 5, count: 667 },
    { pid: 9, count: 5 },
  ]
  expect(flowsBetween(two(0, [0, 0]), two(100, [0, 0]), answers)).toEqual([
    { leg: 'through', queue: 20, pid: 4, count: 33 },
    { leg: 'through', queue: 21, pid: 5, count: 67 },
  ])
  const history: Machine[] = [
    machine({ at: 0 }),
    machine({ at: 10 }),
    machine({ at: 20, answers }),
    machine({ at: 30, answers: [{ pid: 4, count: 1 }] }),
  ]
  expect(answersAfter(history, 10)).toEqual(answers)
  expect(answersAfter(history, 25)).toEqual([{ pid: 4, count: 1 }])
  expect(answersAfter(history, 30)).toBeUndefined()
})

test('nothing goes anywhere where nothing listens, and what a queue loses without a worker is not invented', () => {
  expect(flowsBetween(machine(), machine())).toEqual([])
  expect(flowsBetween(one(3, 3), machine({ counters: { ...NOTHING, accepted: 3 } }))).toEqual([])
})
