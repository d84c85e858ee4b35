import { describe, expect, test } from 'vitest'
import { type Model, usualPlay } from '../../playground/format/scene.ts'
import type { Machine } from '../../playground/protocol.ts'
import { type Act, commandOf, parseAct, parsePlay, switchedBy } from '../../playground/scenes/acts.ts'

const processes = [
  { pid: 3, parent: 2, title: 'bash', state: 'S', cpu: 0 },
  { pid: 8, parent: 3, title: 'parent', state: 'S', cpu: 0 },
  { pid: 9, parent: 8, title: 'worker', state: 'S', cpu: 0 },
]
const machine = { processes, listeners: [] } as unknown as Machine
const command = (act: object, model: Model = 'own') =>
  commandOf(parseAct(act) as Exclude<Act, { act: 'close' | 'copy' }>, { ...usualPlay('own'), model }, machine)

test.each([
  [{ act: 'stop', pid: 9 }, 'kill -STOP 9'],
  [{ act: 'continue', pid: 9 }, 'kill -CONT 9'],
  [{ act: 'end', pid: 9 }, 'kill -TERM 9'],
  [{ act: 'kill', pid: 8 }, 'kill -KILL 8'],
  [{ act: 'add' }, 'node own.ts --workers 1 &'],
  [{ act: 'rate', value: 300 }, 'echo 300 > load/rate'],
  [{ act: 'keep-alive', value: 1 }, 'echo 1 > load/keep-alive'],
  [{ act: 'migrate', value: 1 }, 'sysctl -w net.ipv4.tcp_migrate_req=1'],
  [{ act: 'backlog', value: 8 }, 'sysctl -w net.core.somaxconn=8'],
  [{ act: 'steer', value: 1 }, 'node steer.ts by-source-port 4'],
  [{ act: 'steer', value: 0 }, 'node steer.ts detach'],
])('%j: %s', (act, line) => expect(command(act)).toBe(line))

test.each([
  ['node steer.ts by-source-port 4', { steer: true }],
  ['clear; node steer.ts detach', { steer: false }],
  ['sysctl -w net.core.somaxconn=8', { backlog: 8 }],
  ['sysctl net.core.somaxconn', {}],
  ['kill -STOP 9', {}],
])('%s has switched %j', (line, switched) => expect(switchedBy(line)).toEqual(switched))

test('one process: the second start fails at once, or goes on in the background', () => {
  const play = { ...usualPlay('one'), model: 'one' as const }
  expect(commandOf({ act: 'add' }, play, machine)).toBe('node one.ts &')
  const taken = { ...machine, listeners: [{ port: 8080 }] } as unknown as Machine
  expect(commandOf({ act: 'add' }, play, taken)).toBe('node one.ts')
})

test('with a supervisor workers are added and replaced by its signals', () => {
  expect(command({ act: 'add' }, 'supervised')).toBe('kill -TTIN 8')
  expect(command({ act: 'restart' }, 'supervised')).toBe('kill -HUP 8')
})

describe('what is refused is one line', () => {
  test.each<[unknown, number, RegExp]>([
    [{ act: 'stop', pid: 3 }, 409, /no worker .*number 3/i],
    [{ act: 'kill', pid: 99 }, 409, /number 99/],
    [{ act: 'kill', pid: 0 }, 400, /^pid: /],
    [{ act: 'kill', pid: -9 }, 400, /^pid: /],
    [{ act: 'kill', pid: '9; reboot' }, 400, /^pid: /],
    [{ act: 'kill', pid: 9, more: 1 }, 400, /^more: /],
    [{ act: 'rate', value: 501 }, 400, /^value: /],
    [{ act: 'rate', value: 1.5 }, 400, /^value: /],
    [{ act: 'rate', value: '1 > /etc/passwd' }, 400, /^value: /],
    [{ act: 'steer', value: 2 }, 400, /^value: /],
    [{ act: 'reboot' }, 400, /^act: /],
    [{ act: '__proto__' }, 400, /^act: /],
    ['stop', 400, /./],
    [null, 400, /./],
    [{ act: 'restart' }, 409, /no supervisor/],
  ])('%j: %i', (act, status, line) => {
    const attempt = () => command(act as object)
    expect(attempt).toThrow(expect.objectContaining({ status }))
    expect(attempt).toThrow(line)
    expect(attempt).not.toThrow(/\n/)
  })

  test.each<[object, RegExp]>([
    [{ scene: 'none' }, /^scene: there is no such scene$/],
    [{ scene: '__proto__' }, /^scene: there is no such scene$/],
    [{ scene: 'shared', model: 'own' }, /this scene has no such model/],
    [{ model: 'own; reboot' }, /^model: /],
    [{ workers: 17 }, /^workers: /],
    [{ workers: '4' }, /^workers: /],
    [{ line: 'reboot' }, /^line: /],
  ])('to play %j', (over, line) => {
    expect(() => parsePlay({ ...usualPlay('own'), ...over })).toThrow(line)
    expect(() => parsePlay({ ...usualPlay('own'), ...over })).toThrow(
      expect.objectContaining({ status: 400 }),
    )
  })
})
