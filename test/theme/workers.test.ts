import { describe, expect, test } from 'vitest'
import {
  COLOURS,
  colourOf,
  letterOf,
  markWorkers,
  pidsIn,
  pidsOf,
  workersUnder,
} from '../../.vitepress/theme/machine/workers.ts'
import { contrast, distance } from './contrast.ts'
import { held, listener, machine, process, udpSocket } from './machines.ts'

const processes = [4, 5, 6, 7, 8].map(pid => process(pid))

test('workers are marked in the order in which they appear, and one that is gone keeps its letter', () => {
  const one = markWorkers([], machine({ listeners: [listener(20, [7])], processes }))
  expect(one).toEqual([7])
  const two = markWorkers(one, machine({ listeners: [listener(20, [7]), listener(21, [5])], processes }))
  expect(two).toEqual([7, 5])
  const after = markWorkers(two, machine({ listeners: [listener(21, [5]), listener(22, [8])], processes }))
  expect(after).toEqual([7, 5, 8])
  expect(after.map(pid => letterOf(after, pid))).toEqual(['A', 'B', 'C'])
  expect(letterOf(after, 4)).toBeUndefined()
  expect(colourOf(after, 4)).toBeUndefined()
})

test('the same state again gives the same marks: nothing is drawn anew', () => {
  const state = machine({ listeners: [listener(20, [4])], processes })
  const marks = markWorkers([], state)
  expect(markWorkers(marks, state)).toBe(marks)
})

test('who is handed connections or has answered is a worker; a client, a port of a client and the dead are not', () => {
  const state = machine({
    listeners: [listener(20, [4])],
    connections: [held(6, 2), { ...held(5, 2), server: false }],
    udp: [udpSocket(30, [8], { port: 40_000 })],
    answers: [
      { pid: 7, count: 3 },
      { pid: 99, count: 1 },
    ],
    processes,
  })
  expect(markWorkers([], state)).toEqual([4, 6, 7])
  expect(markWorkers([], machine({ udp: [udpSocket(30, [8])], processes }))).toEqual([8])
})

test('a parent is no worker, though it has a listener and has answered', () => {
  const state = machine({
    listeners: [listener(20, [4, 5])],
    answers: [{ pid: 4, count: 3 }],
    processes: [process(4, { title: 'parent' }), process(5)],
  })
  expect(markWorkers([], state)).toEqual([5])
})

test('letters go on behind Z', () => {
  const marks = Array.from({ length: 60 }, (_, pid) => pid)
  expect([0, 25, 26, 27, 52].map(pid => letterOf(marks, pid))).toEqual(['A', 'Z', 'AA', 'AB', 'BA'])
})

describe('pids in a line', () => {
  test.each([
    'worker «12» is listening on 127.0.0.1:8080',
    'worker «12»  12',
    'users:(("worker",pid=«12»,fd=21),("worker",pid=«13»,fd=21))',
    'kill -STOP «12»',
    'kill -9 «12» 99 «12»',
    '  ms 500:12  worker «12»:13 «13»:12 14:12',
    'bash(9)---node(«12»)-+-node(«13»)',
    '[pid    «12»] bind(18, …)',
    'ls /proc/«13»/fd',
    'total  12 in 13 ms',
    '12 connections',
    'worker 120',
    'network 12',
  ])('%s', marked => {
    const line = marked.replace(/[«»]/g, '')
    const found = pidsIn(line, [12, 13]).toReversed()
    const again = found.reduce(
      (text, { from, to, pid }) => `${text.slice(0, from)}«${pid}»${text.slice(to)}`,
      line,
    )
    expect(again).toBe(marked)
  })

  test('of a line in pieces, the piece that is one', () => {
    expect(pidsOf(['worker ', '12', '  ', '12'], [12])).toEqual([undefined, 12, undefined, undefined])
  })
})

test('workers of a pane are those below its shell', () => {
  const tree = machine({
    processes: [
      process(3, { parent: 0 }),
      process(4, { parent: 0 }),
      process(5, { parent: 3 }),
      process(6, { parent: 5 }),
      process(7, { parent: 4 }),
      process(8, { parent: 1 }),
    ],
  })
  expect(workersUnder(3, tree, [6, 5, 7, 8])).toEqual([6, 5])
})

describe.each(['light', 'dark'] as const)('the colours on %s', theme => {
  const backgrounds = { light: ['#ffffff', '#f0f0f2'], dark: ['#16161a', '#26262c'] }[theme]

  test.each(COLOURS[theme])('%s can be read, and as a ground for its letter, too', colour => {
    for (const background of backgrounds) expect(contrast(colour, background)).toBeGreaterThanOrEqual(4.5)
  })

  test('any two can be told apart, also by those who see no red, no green or no blue', () => {
    const colours = COLOURS[theme]
    for (const [index, a] of colours.entries())
      for (const b of colours.slice(index + 1)) expect(distance(a, b), `${a} ${b}`).toBeGreaterThan(20)
  })
})
