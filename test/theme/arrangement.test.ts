import { expect, test } from 'vitest'
import { ref } from 'vue'
import { createArrangement, PICTURE } from '../../.vitepress/theme/workbench/arrangement.ts'
import { actionOf, KEYS } from '../../.vitepress/theme/workbench/keys.ts'
import { errorLine, tellingLine } from '../../.vitepress/theme/workbench/telling-line.ts'

function arranged(...names: string[]) {
  const used = ref<string | undefined>(names[0])
  const arrangement = createArrangement(used)
  return {
    ...arrangement,
    use(name: string) {
      used.value = name
      arrangement.use(name)
    },
    places: () => Object.fromEntries([PICTURE, ...names].map(name => [name, arrangement.placeOf(name)])),
  }
}

test('the pane in use is open, the others are a line each, and the picture is there', () => {
  const { use, places } = arranged('server', 'client')
  expect(places()).toEqual({ [PICTURE]: 'open', server: 'open', client: 'line' })
  use('client')
  expect(places()).toEqual({ [PICTURE]: 'open', server: 'line', client: 'open' })
})

test('what is unfolded by hand stays open; what is folded by hand opens when it is used', () => {
  const { use, fold, places } = arranged('server', 'client', 'other')
  fold('server')
  expect(places()).toMatchObject({ server: 'line' })
  fold('other')
  use('client')
  expect(places()).toMatchObject({ server: 'line', client: 'open', other: 'open' })
  use('server')
  expect(places()).toMatchObject({ server: 'open', client: 'line', other: 'open' })
  fold(PICTURE)
  use('client')
  expect(places()).toMatchObject({ [PICTURE]: 'line' })
})

test('one that is maximised is alone, until another one is used', () => {
  const { use, maximise, isMaximised, places } = arranged('server', 'client')
  maximise('client')
  expect(places()).toEqual({ [PICTURE]: 'away', server: 'away', client: 'open' })
  expect(isMaximised('client')).toBe(true)
  maximise('client')
  expect(places()).toEqual({ [PICTURE]: 'open', server: 'open', client: 'line' })
  maximise(PICTURE)
  use('client')
  expect(places()).toEqual({ [PICTURE]: 'open', server: 'line', client: 'open' })
})

test('each key is one action, and no other key is any', () => {
  const press = (code: string, keys = {}) =>
    actionOf({ code, altKey: true, ctrlKey: false, metaKey: false, shiftKey: false, ...keys })
  for (const { action, code, shift } of KEYS) expect(press(code, { shiftKey: shift })).toBe(action)
  expect(new Set(KEYS.map(({ keys }) => keys)).size).toBe(KEYS.length)
  expect(press('NumpadEnter')).toBe('run-next')
  expect(press('KeyF')).toBeUndefined()
  expect(press('Enter', { altKey: false })).toBeUndefined()
  expect(press('Enter', { ctrlKey: true })).toBeUndefined()
})

const NODE = [
  '$ node server.ts',
  'node:net:2328',
  '    throw er; // Unhandled error event',
  '    ^',
  'Error: listen EADDRINUSE: address already in use 127.0.0.1:8080',
  '    at Server.setupListenHandle [as _listen2] (node:net:2328:16)',
  "  code: 'EADDRINUSE',",
  '}',
  '$ ',
  '',
]

test.each([
  ['Node', NODE, 4],
  [
    'Python',
    [
      '$ python3 s.py',
      'Traceback (most recent call last):',
      'OSError: [Errno 98] Address already in use',
      '$ ',
    ],
    2,
  ],
  [
    'strace',
    [
      '$ strace …',
      'bind(18, …) = -1 EADDRINUSE (Address already in use)',
      'Error: listen EADDRINUSE: …',
      '$ ',
    ],
    1,
  ],
  ['a client', ['$ node client.ts', 'client.ts: connect ECONNREFUSED 127.0.0.1:8080', '$ '], 1],
  ['an error of the command before', [...NODE.slice(0, -2), '$ node client.ts', 'worker 4  4', '$ '], -1],
  ['none', ['$ ss -ltn', 'LISTEN 0 511 127.0.0.1:8080', '$ '], -1],
])('the error that a command has ended with: %s', (_, lines, line) => {
  expect(errorLine(lines)).toBe(line)
})

test('one line stands for a terminal: an error, else what was printed last, else the prompt', () => {
  expect(tellingLine(NODE)).toBe(4)
  expect(tellingLine(['$ node client.ts', 'worker 4  4', 'total  4 in 9 ms', '$ ', ''])).toBe(2)
  expect(tellingLine(['$ ', '', ''])).toBe(0)
})
