import { expect, test } from 'vitest'
import { countAnswers, countLost, saysRefused } from '../../playground/workbench/tally.ts'

const PROMPT = '\x1b[?2004h$ '
const TYPED = 'node client.ts --connections 1000\r\n\x1b[?2004l\r\x1b]133;C;aid=1\x07'
const block = (...counts: [number, number][]) =>
  `${counts.map(([pid, count]) => `worker ${pid}  ${count}\r\n`).join('')}total  ${counts.reduce((sum, [, count]) => sum + count, 0)} in 350 ms\r\n`

test('the counts of a client, between prompts and what a terminal adds', () => {
  expect(countAnswers(`${PROMPT}${TYPED}${block([4, 498], [15, 502])}${PROMPT}`)).toEqual([
    { pid: 4, count: 498 },
    { pid: 15, count: 502 },
  ])
})

test('of several clients, the last one that has finished', () => {
  const text = `${TYPED}${block([4, 1000])}${PROMPT}${TYPED}${block([4, 480], [5, 520])}${PROMPT}${TYPED}`
  const last = [
    { pid: 4, count: 480 },
    { pid: 5, count: 520 },
  ]
  expect(countAnswers(text)).toEqual(last)
  expect(countAnswers(`${text}worker 4  300\r\nworker 5  7`)).toEqual(last)
})

test('a block counts when its last line is whole, wherever the output was cut', () => {
  const text = `${TYPED}${block([4, 480], [5, 520])}`
  for (let end = 0; end < text.length; end++)
    expect(countAnswers(text.slice(0, end)), `${end}`).toBeUndefined()
  expect(countAnswers(text)).toHaveLength(2)
})

test('a client may count other things; a server that talks is none', () => {
  expect(countAnswers('worker 4  304\r\nreset  96\r\ntotal  400 in 12 ms\r\n')).toEqual([
    { pid: 4, count: 304 },
  ])
  expect(countAnswers('worker 4 is listening on 127.0.0.1:8080\r\nworker 4\r\n')).toBeUndefined()
  expect(countAnswers('worker 9  1\r\n$ cat\r\nworker 4  1\r\ntotal  1 in 2 ms\r\n')).toEqual([
    { pid: 4, count: 1 },
  ])
  expect(countAnswers('total  0 in 2 ms\r\n')).toBeUndefined()
  expect(countAnswers('')).toBeUndefined()
})

test('what a client has lost, when it has counted', () => {
  const lost = (line: string) => countLost(`${TYPED}${block([4, 9])}${line}`)
  expect(lost('lost  12: 12 reset, 0 refused\r\n')).toBe(12)
  expect(lost('restarts  1\r\nlost  0: 0 reset, 0 refused\r\n')).toBe(0)
  expect([lost(''), lost('lost  1'), lost('lost his way\r\n'), countLost('lost  3\r\n')]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})

test('a start that the kernel has refused, as Node, Python and a program about itself say it', () => {
  expect(saysRefused('Error: listen EADDRINUSE: address already in use 127.0.0.1:8080\r\n')).toBe(true)
  expect(saysRefused('OSError: [Errno 98] Address already in use\r\n')).toBe(true)
  expect(saysRefused('server.ts: listen EADDRINUSE: address already in use\r\n')).toBe(true)
  expect(saysRefused('bind(18, {…}, 16) = -1 EADDRINUSE (Address already in use)\r\n')).toBe(false)
  expect(saysRefused('worker 4 is listening on 127.0.0.1:8080\r\n')).toBe(false)
})
