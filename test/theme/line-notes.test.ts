import { expect, test } from 'vitest'
import { notesIn, stretchesOf } from '../../.vitepress/theme/lesson/line-notes.ts'

/** What is noted of a line: each part with the beginning of what is said of it. */
function noted(line: string): string[][] {
  return notesIn(line).map(({ from, to, note }) => [line.slice(from, to), note])
}

test('of a listener that ss has printed: its state, its queues, both ends, and who holds it', () => {
  const line = 'LISTEN 3 511 127.0.0.1:8080 0.0.0.0:* users:(("worker",pid=17,fd=18),("worker",pid=18,fd=3))'
  expect(noted(line)).toEqual([
    ['LISTEN', expect.stringContaining('it is a listener')],
    ['3', expect.stringContaining('wait in its accept queue')],
    ['511', expect.stringContaining('the backlog')],
    ['127.0.0.1:8080', 'Its own address and port.'],
    ['0.0.0.0:*', 'The other end: any address, any port.'],
    ['users:(("worker",pid=17,fd=18),("worker",pid=18,fd=3))', expect.stringContaining('process id')],
  ])
})

test('of a connection the same columns mean something else, and of a socket of datagrams', () => {
  expect(noted('ESTAB  12  0  [::1]:8080  [::1]:40522')).toEqual([
    ['ESTAB', expect.stringContaining('a connection that is open')],
    ['12', expect.stringContaining('bytes that wait to be read')],
    ['0', expect.stringContaining('has not confirmed')],
    ['[::1]:8080', 'Its own address and port.'],
    ['[::1]:40522', 'The other end: its address and port.'],
  ])
  expect(noted('udp UNCONN 2304 0 0.0.0.0:9000 0.0.0.0:*')[1]).toEqual([
    '2304',
    expect.stringContaining('waiting datagrams'),
  ])
})

test('of a call that strace has printed: its name, what it is given, and what the kernel answers', () => {
  const bind =
    'bind(19, {sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("127.0.0.1")}, 16) = -1 EADDRINUSE (Address already in use)'
  expect(noted(bind)).toEqual([
    ['bind', expect.stringContaining('an address and a port')],
    ['19', expect.stringContaining('file descriptor')],
    ['sin_port=htons(8080)', expect.stringContaining('port')],
    ['sin_addr=inet_addr("127.0.0.1")', 'The address.'],
    ['-1 EADDRINUSE (Address already in use)', 'The answer of the kernel: no, and why.'],
  ])
  expect(noted('[pid    21] setsockopt(3, SOL_SOCKET, SO_REUSEPORT, [1], 4) = 0')).toEqual([
    ['setsockopt', expect.stringContaining('sets an option')],
    ['3', expect.stringContaining('file descriptor')],
    ['SO_REUSEPORT, [1]', expect.stringContaining('option')],
    ['0', 'The answer of the kernel. 0 means: done.'],
  ])
  expect(noted('78  accept4(19, NULL, NULL, SOCK_CLOEXEC) = 20').map(([part]) => part)).toEqual([
    'accept4',
    '19',
    '20',
  ])
  expect(noted('socket(AF_INET, SOCK_STREAM, 0) = 5').map(([part]) => part)).toEqual(['socket', '5'])
})

test('of no other line', () => {
  for (const line of [
    'worker 17 is listening on 127.0.0.1:8080',
    'LISTEN',
    'total  4 in 1032 ms',
    'bind(',
    '',
  ])
    expect(notesIn(line)).toEqual([])
})

test('pieces are cut where a note begins or ends, and none of their text is lost', () => {
  const pieces = [
    { text: 'LISTEN 0 ', varies: false },
    { text: '511', varies: true },
    { text: ' 127.0.0.1:8080 *:*', varies: false },
  ]
  const line = pieces.map(({ text }) => text).join('')
  const stretches = stretchesOf(pieces, notesIn(line))
  expect(stretches.map(({ pieces }) => pieces.map(({ text }) => text).join(''))).toEqual([
    'LISTEN',
    ' ',
    '0',
    ' ',
    '511',
    ' ',
    '127.0.0.1:8080',
    ' ',
    '*:*',
  ])
  expect(stretches.every(({ note }, index) => (note !== undefined) === (index % 2 === 0))).toBe(true)
  expect(stretches[4]!.pieces).toEqual([{ text: '511', varies: true }])
  expect(stretchesOf(pieces, [])).toEqual([{ pieces }])
})

test('a line that nobody prints for a reader is not looked through', () => {
  const line = (colons: number) => `LISTEN 0 511 127.0.0.1${':'.repeat(colons)}80 0.0.0.0:*`
  expect(notesIn(line(1))).not.toEqual([])
  expect(notesIn(line(2_000_000))).toEqual([])
})
