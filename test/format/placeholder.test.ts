import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fitLine, ready, squeeze } from '../../playground/format/fit.ts'
import {
  type Bindings,
  escapeLine,
  fillCommand,
  type PlaceholderType,
  parsePattern,
  quote,
  VALUES,
} from '../../playground/format/placeholder.ts'
import { examples, noReport } from '../harness/patterns.ts'
import { runs } from '../harness/runs.ts'

function fits(source: string, line: string, bound: Bindings = {}) {
  const steps = { left: 1_000_000 }
  return fitLine(ready(parsePattern(source, 1, noReport), bound), squeeze(line), bound, steps)
}

const types: Record<PlaceholderType, { yes: string[]; no: string[] }> = {
  pid: { yes: ['1', '4121', '999999999'], no: ['0', '012', '1234567890', '-1', 'a'] },
  int: { yes: ['0', '-98', '18446744073709551615'], no: ['007', '1.5', '+1', '1e3', '-'] },
  port: { yes: ['1', '8080', '65535'], no: ['0', '65536', '080', '-1'] },
  ms: { yes: ['0', '12', '12.3', '0.125'], no: ['-1', '1.', '.5', '12ms', '012'] },
  float: { yes: ['1', '-0.5', '1e-7', '3.5E+10', '0'], no: ['1.', '.5', 'NaN', '01'] },
  time: {
    yes: ['12:30', '23:59:60', '12:30:07.250000', '2026-08-01T12:30:07.001Z', '2026-08-01T12:30+02:00'],
    no: ['24:00', '1:30', '12:60', '12', '12:30:7'],
  },
  ip: {
    yes: ['127.0.0.1', '::', '::1', 'fe80::1', '::ffff:10.0.0.1'],
    no: ['256.0.0.1', '1.2.3', '[::1]', ':', 'g'],
  },
  path: { yes: ['/', '/proc/1/fd', './a.ts', '../a', '~/x'], no: ['a/b', 'a', '.', '/a b', '/a:1', ''] },
  hex: { yes: ['6b', '0x1F90', 'DEADBEEF', '0'], no: ['0x', 'g', '-1', '0x1g'] },
  word: { yes: ['a', 'worker-1', '…', '<x>'], no: ['', 'a b'] },
}

test.each(Object.keys(VALUES) as PlaceholderType[])('%s stands for what its table says', type => {
  for (const value of types[type].yes)
    expect(fits(`[<x:${type}>]`, `[${value}]`), value).toEqual({ x: value })
  for (const value of types[type].no) expect(fits(`[<x:${type}>]`, `[${value}]`), value).toBeUndefined()
})

test.each([
  ['a range holds both its ends', '<421..579>', ['421', '579', '500'], ['420', '580', '0500', '500.0', 'x']],
  ['and negative numbers', '<-2..0>', ['-2', '0'], ['-3', '1']],
  ['text may touch a placeholder', 'a<x:int>0b', ['a10b', 'a-100b'], ['a0b', 'a1b']],
  ['two placeholders may touch', '<x:word><y:int>', ['a1', '12', 'a-1'], ['1', 'ab']],
  ['an address leaves its port', '<i:ip>:<p:port>', ['127.0.0.1:80', '::1:8080'], ['127.0.0.1', ':80']],
  ['a name again on its line is equal', '<x:int>=<x>', ['1=1', '22=22'], ['1=2', '2=22', '22=2']],
  ['with its type written again too', '<x:int>=<x:int>', ['1=1'], ['1=2']],
  ['`_` is no name', '<_:int>=<_:int>', ['1=1', '1=2'], ['1=']],
  ['runs of blanks are one', 'a  <x:int>\tb', ['a 1 b', 'a\t  1  b'], ['a1 b', 'a 1b']],
  ['blanks at the end are none', 'a ', ['a', 'a  \t'], ['a b']],
  ['but at the beginning they are', ' a', [' a', '\t\ta'], ['a']],
  ['`\\` makes a first character plain', '\\$ x', ['$ x'], ['\\$ x']],
  ['and `<`', '\\<x:int>', ['<x:int>'], ['1', '\\<x:int>']],
  ['anywhere', 'a \\<b> c', ['a <b> c'], ['a \\<b> c']],
  ['twice before `<` it is one', 'a\\\\<x:int>', ['a\\1'], ['a1', 'a\\\\1']],
  ['elsewhere it is itself', 'a\\b \\n', ['a\\b \\n'], ['ab n']],
  [
    'what is no placeholder is text',
    'a < b <a b> <!x> </p> <...> <http://x>',
    ['a < b <a b> <!x> </p> <...> <http://x>'],
    ['a'],
  ],
  ['dots are no rest within a line', 'a ...', ['a ...'], ['a b']],
  ['a pattern is no regular expression', 'a.c (x)* [y]', ['a.c (x)* [y]'], ['abc (x)* [y]', 'a.c (x)x [y]']],
])('%s: %s', (_, source, yes, no) => {
  for (const line of yes) expect(fits(source, line), line).toBeDefined()
  for (const line of no) expect(fits(source, line), line).toBeUndefined()
})

test('a value is as long as the rest of the line allows', () => {
  expect(fits('<a:word>-<b:word>', 'x-y-z')).toEqual({ a: 'x-y', b: 'z' })
  expect(fits('<a:int><b:int>', '1234')).toEqual({ a: '123', b: '4' })
})

test('a bound name is its value and nothing else', () => {
  expect(fits('worker <a> up', 'worker 12 up', { a: '12' })).toEqual({ a: '12' })
  expect(fits('worker <a> up', 'worker 1 up', { a: '12' })).toBeUndefined()
  expect(fits('worker <a> up', 'worker 12 up')).toBeUndefined()
  expect(fits('<a:1..5>', '12', { a: '12' })).toBeUndefined()
})

test('names of what every object has are names like others', () => {
  expect(fits('<constructor:pid>', '12')).toEqual({ constructor: '12' })
  expect(fits('<toString>', 'x')).toBeUndefined()
  expect(fillCommand(['kill <valueOf>'], {})).toEqual({ input: ['kill <valueOf>'], unbound: ['valueOf'] })
})

test('in a command only bound names are filled in', () => {
  const bound = { a: '12', 'worker-2': '7' }
  const input = ['kill <a> <worker-2>', 'cat <file>out <<a>x \\<a> < a > <(echo <a>)', 'ls <b> <b>']
  expect(fillCommand(input, bound)).toEqual({
    input: ['kill 12 7', 'cat <file>out <<a>x \\<a> < a > <(echo 12)', 'ls <b> <b>'],
    unbound: ['file', 'b'],
  })
})

test('any line, escaped, is that line', () => {
  const line = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom('\\', '<', '>', '$', '^', '.', '[', ']', 'C', 'a', ':', '1', ' ') }),
    fc.constantFrom('...', '^C', '[0]', '$', '>', '$ x', '> x', '<a:pid>', '<1..2>', '\\$', '\\\\<a>'),
  )
  fc.assert(
    fc.property(line, text => {
      const pattern = parsePattern(escapeLine(text), 1, () => expect.unreachable())
      expect(pattern).toEqual({ line: 1, source: escapeLine(text), rest: false, parts: text ? [text] : [] })
    }),
    { numRuns: runs(400) },
  )
})

test('ordinary lines need no escapes', () => {
  for (const line of ['[1] 1234', '$HOME', '>x', 'a < b', '... and more', 'C:\\x', '^', '.']) {
    expect(escapeLine(line)).toBe(line)
  }
})

test('every type has examples that it takes', () => {
  fc.assert(
    fc.property(examples, ({ type, value }) => {
      expect(fits(`x<n:${type}>y`, `x${value}y`)).toEqual({ n: value })
    }),
  )
})

test('fitting a hostile line takes bounded work', () => {
  const source = '<_:word>,<_:word>,<_:word>,<_:word>,<_:word>,<_:word>;'
  const pattern = ready(parsePattern(source, 1, noReport), {})
  const steps = { left: 100_000 }
  expect(fitLine(pattern, ','.repeat(5000), {}, steps)).toBeUndefined()
  expect(steps.left).toBeLessThan(0)
  expect(steps.left).toBeGreaterThan(-10_000)
})

test('a quoted text is short, one line and without control characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      expect(quote(text, 20)).toMatch(/^`[^\p{Cc}\u2028\u2029]{0,20}`$/u)
    }),
  )
})
