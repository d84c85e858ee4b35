import { expect, test } from 'vitest'
import type { Report } from '../../playground/format/placeholder.ts'
import { idOnPage, parseTranscript, type Transcript } from '../../playground/format/transcript.ts'
import { noReport } from '../harness/patterns.ts'

function parse(info: string, body = '$ true\n', report: Report = noReport): Transcript {
  return parseTranscript(info, body, 1, report)!
}

test.each<[info: string, words: Partial<Transcript>]>([
  ['console', { pane: 'shell', running: false, alone: false, order: 'given', timeout: 30, requires: [] }],
  ['console pane=worker-2', { pane: 'worker-2' }],
  ['console running', { running: true }],
  ['console alone', { alone: true }],
  ['console order=any', { order: 'any' }],
  ['console lang=py', { lang: 'py' }],
  ['console timeout=600', { timeout: 600 }],
  ['console requires=strace,nginx', { requires: ['strace', 'nginx'] }],
  ['  console   pane=a\trunning ', { pane: 'a', running: true }],
])('%s', (info, words) => {
  expect(parse(info)).toMatchObject(words)
})

test.each(['', 'ts', 'consoles', 'bash console', 'console{1}'])('`%s` is no transcript', info => {
  expect(parseTranscript(info, '$ true\n', 1, noReport)).toBeUndefined()
})

test('commands with continuations, output and status', () => {
  const body = ['$ cat <<x', '> one', '>', '> x', 'one', '', '  ...', '[1]', '', '$ true'].join('\n')
  const { commands, continued } = parse('console', body)
  expect(continued).toBeUndefined()
  expect(commands).toMatchObject([
    { line: 2, kind: 'shell', input: ['cat <<x', 'one', '', 'x'], expectation: { line: 6, status: 1 } },
    { line: 11, kind: 'shell', input: ['true'], expectation: { line: 11, patterns: [] } },
  ])
  expect(commands[0]!.expectation.patterns.map(({ line, source }) => [line, source])).toEqual([
    [6, 'one'],
    [7, ''],
    [8, '  ...'],
  ])
  expect(commands[1]!.expectation).not.toHaveProperty('status')
})

test('`^C` is a command', () => {
  const { commands } = parse('console', '$ node server.ts\nup\n^C\nbye\n[130]\n')
  expect(commands).toMatchObject([
    { line: 2, kind: 'shell', input: ['node server.ts'], expectation: { patterns: [{ source: 'up' }] } },
    { line: 4, kind: 'interrupt', input: [], expectation: { patterns: [{ source: 'bye' }], status: 130 } },
  ])
})

test.each<[rule: string, body: string, sources: string[], status?: number]>([
  ['output first', 'a\nb\n', ['a', 'b']],
  ['with a status', 'a\n[1]\n', ['a'], 1],
  ['blank lines above a status', 'a\n\n[1]\n', ['a'], 1],
  ['a status alone', '[0]\n', [], 0],
  ['an empty fence', '', []],
  ['blank lines', '\n \n', []],
  ['before `^C`', '...\n^C\n', ['...']],
  ['a blank line and output', '\na\n$ x\n', ['', 'a']],
])('a fence that continues: %s', (_, body, sources, status) => {
  const { continued } = parse('console', body)
  expect(continued?.patterns.map(({ source }) => source)).toEqual(sources)
  expect(continued?.status).toBe(status)
})

test('a fence that begins with a command continues nothing, blank lines above it or not', () => {
  for (const body of ['$ x\n', '\n$ x\n', '^C\n']) expect(parse('console', body).continued).toBeUndefined()
})

test.each([
  ['\\$ x', '$ x'],
  ['\\> x', '> x'],
  ['\\^C', '^C'],
  ['\\...', '...'],
  ['\\[1]', '[1]'],
  ['\\\\', '\\'],
  ['$HOME', '$HOME'],
  ['>x', '>x'],
  ['[1] 1234', '[1] 1234'],
  ['^Cx', '^Cx'],
  ['a $ b', 'a $ b'],
])('%s is output', (source, text) => {
  const { continued, commands } = parse('console', `${source}\n`)
  expect(commands).toEqual([])
  expect(continued).toMatchObject({ patterns: [{ rest: false, parts: [text] }] })
})

test('an id stands for info and text; equal fences are told apart by their order', () => {
  const id = parse('console', '$ a\n').id
  expect(id).toMatch(/^[0-9a-f]{10}$/)
  expect(parse(' console ', '$ a\n').id).toBe(id)
  expect(parse('console', '$ b\n').id).not.toBe(id)
  expect(parse('console running', '$ a\n').id).not.toBe(id)
  const seen = new Map<string, number>()
  expect([id, id, 'x', id].map(each => idOnPage(each, seen))).toEqual([id, `${id}-2`, 'x', `${id}-3`])
})
