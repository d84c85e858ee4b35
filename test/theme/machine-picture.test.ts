import { expect, test } from 'vitest'
import { remember, secondsOf } from '../../.vitepress/theme/machine/history.ts'
import { describe, picturesOf } from '../../.vitepress/theme/machine/picture.ts'
import type { Machine } from '../../playground/protocol.ts'
import { held, listener, machine, NOTHING, process, udpSocket } from './machines.ts'

const draw = (now: Machine, history: Machine[] = [now], at = now.at) =>
  picturesOf({ machine: now, history, now: at })

test('four listeners with an owner each: a group, each worker at its own queue', () => {
  const [picture, ...others] = draw(
    // The youngest listener belongs to the oldest worker: lines must not cross.
    machine({
      listeners: [listener(20, [7]), listener(21, [6]), listener(22, [5]), listener(23, [4])],
      processes: [4, 5, 6, 7].map(pid => process(pid)),
    }),
  )
  expect(others).toEqual([])
  expect(picture).toMatchObject({
    endpoint: '127.0.0.1:8080',
    port: ':8080',
    kind: 'reuseport group of 4 listeners',
    measure: 'nothing',
  })
  expect(picture!.queues.map(({ key }) => key)).toEqual([23, 22, 21, 20])
  expect(picture!.workers.map(({ pid }) => pid)).toEqual([4, 5, 6, 7])
  expect(picture!.takes).toEqual([0, 1, 2, 3].map(index => ({ queue: index, worker: index })))
})

test('one listener with five owners: one queue, five who take from it', () => {
  const [picture] = draw(
    machine({
      listeners: [listener(20, [4, 5, 6, 7, 8])],
      processes: [4, 5, 6, 7, 8].map(pid => process(pid)),
    }),
  )
  expect(picture).toMatchObject({ kind: 'one listener, shared by 5 processes', queues: [{ key: 20 }] })
  expect(picture!.takes).toEqual([0, 1, 2, 3, 4].map(worker => ({ queue: 0, worker })))
})

test('threads of one process, or two descriptors of one socket, are one worker', () => {
  const [threads] = draw(
    machine({ listeners: [listener(20, [4]), listener(21, [4])], processes: [process(4)] }),
  )
  expect(threads).toMatchObject({
    workers: [{ pid: 4 }],
    takes: [
      { queue: 0, worker: 0 },
      { queue: 1, worker: 0 },
    ],
  })
  const [twice] = draw(machine({ listeners: [listener(20, [4, 4])], processes: [process(4)] }))
  expect(twice).toMatchObject({ kind: 'one listener', takes: [{ queue: 0, worker: 0 }] })
})

test('a queue that fills, one that is stuck, one that is full', () => {
  const at = (time: number, queue: number) =>
    machine({ at: time, listeners: [listener(20, [4], { queue, backlog: 8 })], processes: [process(4)] })
  const states = (...all: [time: number, queue: number][]) => {
    const history = all.map(([time, queue]) => at(time, queue))
    const [picture] = draw(history.at(-1)!, history, 5000)
    return [picture!.queues[0]!.state, picture!.workers[0]!.note]
  }
  expect(states([0, 0])).toEqual(['empty', undefined])
  expect(states([0, 0], [4800, 3])).toEqual(['waiting', undefined])
  // Nothing has changed for long: nobody has accepted.
  expect(states([0, 0], [3000, 3])).toEqual(['stuck', 'stalled'])
  expect(states([0, 0], [3000, 3], [4500, 5])).toEqual(['stuck', 'stalled'])
  // It is emptied, if slowly.
  expect(states([3000, 5], [4500, 3])).toEqual(['waiting', undefined])
  expect(states([3000, 3], [4500, 0], [4600, 3])).toEqual(['waiting', undefined])
  expect(states([4900, 9])).toEqual(['full', 'stalled'])
  expect(draw(at(0, 8))[0]!.queues[0]).toMatchObject({ state: 'waiting', part: 8 / 9 })
})

test('of a shared queue that is stuck, no single worker is to blame', () => {
  const [picture] = draw(
    machine({ listeners: [listener(20, [4, 5], { queue: 3 })], processes: [process(4), process(5)] }),
    undefined,
    5000,
  )
  expect(picture!.queues[0]!.state).toBe('stuck')
  expect(picture!.workers.map(({ note }) => note)).toEqual([undefined, undefined])
})

test('shares are of the answers that a client has counted, else of connections, those that wait included', () => {
  const state = machine({
    listeners: [listener(20, [4]), listener(21, [5], { queue: 50 })],
    connections: [held(4, 30), held(4, 20), held(undefined, 50)],
    processes: [process(4), process(5)],
  })
  expect(draw(state)[0]).toMatchObject({
    measure: 'connections',
    workers: [
      { count: 50, share: 0.5 },
      { count: 0, share: 0 },
    ],
  })
  const counted = machine({
    ...state,
    answers: [
      { pid: 4, count: 300 },
      { pid: 5, count: 100 },
    ],
  })
  expect(draw(counted)[0]).toMatchObject({
    measure: 'answers',
    workers: [
      { held: 50, count: 300, share: 0.75 },
      { count: 100, share: 0.25 },
    ],
  })
})

test('a worker that has ended keeps its answers while another one of that run lives; then they are forgotten', () => {
  const answers = [
    { pid: 4, count: 6 },
    { pid: 5, count: 4 },
  ]
  const [one] = draw(machine({ listeners: [listener(21, [5])], processes: [process(5)], answers }))
  expect(one!.workers).toMatchObject([
    { pid: 5, share: 0.4 },
    { pid: 4, share: 0.6, note: 'ended' },
  ])
  const [restarted] = draw(machine({ listeners: [listener(30, [9])], processes: [process(9)], answers }))
  expect(restarted).toMatchObject({ measure: 'nothing', workers: [{ pid: 9 }] })
})

test('who has connections without a listener is there, and takes from no queue', () => {
  const [picture] = draw(
    machine({
      listeners: [listener(20, [4])],
      processes: [process(4), process(11), process(12)],
      connections: [held(11, 2)],
      answers: [{ pid: 12, count: 5 }],
    }),
  )
  expect(picture!.workers).toMatchObject([
    { pid: 4 },
    { pid: 11, note: 'no listener' },
    { pid: 12, note: 'no listener' },
  ])
  expect(picture!.takes).toEqual([{ queue: 0, worker: 0 }])
})

test('what is remarkable about a process is said: stopped, busy', () => {
  const [picture] = draw(
    machine({
      listeners: [listener(20, [4]), listener(21, [5])],
      processes: [process(4, { state: 'T' }), process(5, { cpu: 0.97 })],
    }),
  )
  expect(picture!.workers.map(({ note }) => note)).toEqual(['stopped', 'busy'])
})

test('UDP sockets of one port, after what listens; a client is not looked for', () => {
  const pictures = draw(
    machine({
      listeners: [listener(20, [3], { port: 5004 })],
      udp: [
        udpSocket(21, [4]),
        udpSocket(22, [5]),
        udpSocket(23, [9], { port: 40_000, address: '0.0.0.0' }),
        udpSocket(24, [4], { address: '239.0.0.12' }),
        udpSocket(25, [5], { address: '239.0.0.12' }),
      ],
      // Of the TCP port: UDP has no connections.
      connections: [{ ...held(3, 2), port: 5004 }],
      processes: [3, 4, 5, 9].map(pid => process(pid)),
    }),
  )
  expect(pictures).toMatchObject([
    { kind: 'one listener', udp: false, measure: 'connections' },
    {
      endpoint: '127.0.0.1:5004',
      port: ':5004',
      udp: true,
      kind: '2 UDP sockets',
      choice: 'the kernel picks one for each datagram',
      measure: 'nothing',
      takes: [
        { queue: 0, worker: 0 },
        { queue: 1, worker: 1 },
      ],
    },
    { endpoint: '239.0.0.12:5004', choice: 'each gets a copy of every datagram' },
  ])
  expect(new Set(pictures.map(({ key }) => key)).size).toBe(3)
  expect(pictures[1]!.queues[1]!.line).toBe(
    'UNCONN 0 0 127.0.0.1:5004 0.0.0.0:* users:(("worker",pid=5,fd=3)) ino:22',
  )
})

test('shares of a UDP port are of the answers that a client has counted, and of no TCP port beside it', () => {
  const pictures = draw(
    machine({
      listeners: [listener(20, [3])],
      udp: [udpSocket(21, [4]), udpSocket(22, [5])],
      answers: [
        { pid: 4, count: 3 },
        { pid: 5, count: 1 },
      ],
      processes: [3, 4, 5].map(pid => process(pid)),
    }),
  )
  expect(pictures).toMatchObject([
    { measure: 'nothing', workers: [{ pid: 3 }] },
    {
      measure: 'answers',
      workers: [
        { pid: 4, share: 0.75 },
        { pid: 5, share: 0.25 },
      ],
    },
  ])
})

test('a receive queue: of the memory that it may take, one that nobody reads, one that drops', () => {
  const at = (time: number, queue: number, drops = 0) =>
    machine({ at: time, udp: [udpSocket(20, [4], { queue, drops })], processes: [process(4)] })
  const states = (...all: [time: number, queue: number, drops?: number][]) => {
    const history = all.map(each => at(...each))
    const [picture] = draw(history.at(-1)!, history, 5000)
    return [picture!.queues[0]!.state, picture!.workers[0]!.note]
  }
  expect(states([0, 0])).toEqual(['empty', undefined])
  expect(states([0, 0], [4800, 768])).toEqual(['waiting', undefined])
  expect(states([0, 0], [3000, 768])).toEqual(['stuck', 'stalled'])
  expect(states([0, 0], [4500, 212_000, 7])).toEqual(['full', 'stalled'])
  // What was dropped long ago is past.
  expect(states([0, 212_000, 7], [4500, 768, 7])).toEqual(['waiting', undefined])
  expect(states([0, 212_000, 7], [4500, 0, 7])).toEqual(['empty', undefined])
  expect(draw(at(0, 106_496, 7))[0]!.queues[0]).toMatchObject({
    part: 0.5,
    length: 104,
    label: '104 KB wait, 7 dropped so far',
  })
  expect(describe(draw(at(0, 106_496)))).toBe(
    '127.0.0.1:5004: one UDP socket, one process gets every datagram; 104 KB wait.',
  )
})

test('in words, and as ss has it', () => {
  const pictures = draw(
    machine({
      listeners: [listener(20, [4]), listener(21, [5], { queue: 9, backlog: 8 })],
      processes: [process(4), process(5)],
    }),
  )
  expect(describe(pictures)).toBe(
    '127.0.0.1:8080: reuseport group of 2 listeners, the kernel picks one for each connection; 9 wait, full; worker 5: stalled.',
  )
  expect(pictures[0]!.queues[1]!.line).toBe(
    'LISTEN 9 8 127.0.0.1:8080 0.0.0.0:* users:(("worker",pid=5,fd=3)) ino:21',
  )
  expect(describe([])).toBe('Nothing listens.')
})

const counted = (at: number, accepted: number, changes: Partial<Machine> = {}) =>
  machine({ at, counters: { ...NOTHING, accepted }, ...changes })

test('ten minutes are kept, and the one state in which it began; a machine that starts over has no past', () => {
  const add = (...states: Machine[]) => states.reduce<Machine[]>(remember, []).map(({ at }) => at)
  expect(add(counted(0, 0), counted(10_000, 1), counted(50_000, 2))).toEqual([0, 10_000, 50_000])
  expect(add(counted(0, 0), counted(10_000, 1), counted(610_000, 2))).toEqual([10_000, 610_000])
  expect(add(counted(0, 0), counted(10_000, 5), counted(11_000, 0))).toEqual([11_000])
})

test('datagrams come in, and are lost, as connections are', () => {
  const states = [0, 30].map((datagrams, index) =>
    machine({ at: 100_000 + index * 10_500, counters: { ...NOTHING, datagrams, unread: index * 2 } }),
  )
  expect(secondsOf(states, 120_000)[50]).toEqual({ accepted: 30, waiting: 0, lost: 2 })
  expect(remember(states, machine({ at: 130_000 }))).toHaveLength(1)
})

test('second by second: what was accepted, how many waited, what was lost', () => {
  const waits = [listener(20, [4], { queue: 7 })]
  const states = [
    counted(100_000, 50),
    counted(110_500, 80, { listeners: waits }),
    { ...counted(112_500, 81), counters: { ...NOTHING, accepted: 81, overflows: 2, resets: 3 } },
  ]
  const seconds = secondsOf(states, 120_000)
  expect(seconds).toHaveLength(60)
  const told = seconds.flatMap((second, index) =>
    second.accepted + second.waiting + second.lost > 0 ? [[index, second]] : [],
  )
  // What was counted before the first state happened nobody knows when.
  expect(told).toEqual([
    [50, { accepted: 30, waiting: 7, lost: 0 }],
    [51, { accepted: 0, waiting: 7, lost: 0 }],
    [52, { accepted: 1, waiting: 7, lost: 5 }],
  ])
  expect(
    secondsOf(states, 400_000).every(({ accepted, waiting, lost }) => accepted + waiting + lost === 0),
  ).toBe(true)
  expect(secondsOf([], 0)).toHaveLength(60)
})

test('workers are drawn in the order of their letters, and who has none comes last', () => {
  const now = machine({
    listeners: [listener(20, [4]), listener(21, [5]), listener(22, [6])],
    processes: [4, 5, 6].map(pid => process(pid)),
  })
  const [picture] = picturesOf({ machine: now, history: [now], now: now.at, marks: [6, 4] })
  expect(picture!.workers.map(({ pid }) => pid)).toEqual([6, 4, 5])
  expect(picture!.queues.map(({ key }) => key)).toEqual([22, 20, 21])
  expect(picture!.takes).toEqual([0, 1, 2].map(index => ({ queue: index, worker: index })))
})
