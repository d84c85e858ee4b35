import { expect, test } from 'vitest'
import type { Match, MatchOptions } from '../../playground/format/match.ts'
import { match } from '../harness/patterns.ts'

/** Rows as `left | right`, those that differ marked with `!`. */
function rows(result: Match): string[] {
  if (result.ok) return []
  expect(result.expected.length).toBe(result.actual.length)
  return result.expected.map(({ text, ok }, i) => {
    expect(result.actual[i]!.ok).toBe(ok)
    return `${ok ? ' ' : '!'} ${text} | ${result.actual[i]!.text}`.trimEnd()
  })
}

test.each<[string, string[], string[], Partial<MatchOptions>, string[]]>([
  ['a changed line', ['a', 'b', 'c'], ['a', 'x', 'c'], {}, ['  a | a', '! b | x', '  c | c']],
  ['a missing line', ['a', 'b', 'c'], ['a', 'c'], {}, ['  a | a', '! b |', '  c | c']],
  ['an extra line', ['a', 'c'], ['a', 'x', 'c'], {}, ['  a | a', '!  | x', '  c | c']],
  [
    'names are filled in',
    ['<a:int>', 'is <a>', 'x'],
    ['5', 'is 6', 'x'],
    {},
    ['  5 | 5', '! is 5 | is 6', '  x | x'],
  ],
  ['or shown as written', ['<a:int> up', 'x'], ['b up', 'x'], {}, ['! <a:int> up | b up', '  x | x']],
  ['lines under `...` are summed up', ['...', 'b'], ['x', 'y', 'c'], {}, ['  ... | ... 2 lines', '! b | c']],
  ['one is shown', ['...', 'b'], ['x', 'c'], {}, ['  ... | x', '! b | c']],
  ['none leaves a gap', ['a', '...', 'b'], ['a', 'c'], {}, ['  a | a', '  ... |', '! b | c']],
  [
    'between `...` no line is blamed',
    ['...', 'b', '...'],
    ['x', 'y'],
    {},
    ['  ... |', '! b |', '  ... | ... 2 lines'],
  ],
  [
    'the end is found behind many lines',
    ['...', 'b'],
    [...new Array(500).fill('x'), 'c'],
    {},
    ['  ... | ... 500 lines', '! b | c'],
  ],
  [
    'running: later lines are not shown',
    ['a', 'b'],
    ['a', 'x', 'y', 'z'],
    { ended: false },
    ['  a | a', '! b | x'],
  ],
  [
    'running: the last lines printed are shown, though the one that is missing may still come',
    ['...', 'ready'],
    ['a', 'b', 'c', 'd', 'e'],
    { ended: false },
    ['  ... | ... 2 lines', '   | c', '   | d', '   | e', '! ready |'],
  ],
  [
    'running: all of them, if they are few',
    ['a', '...', 'ready', '...'],
    ['a', 'no such host'],
    { ended: false },
    ['  a | a', '  ... |', '   | no such host', '! ready |', '  ... |'],
  ],
  [
    'running: the last of very many',
    ['...', 'ready'],
    [...new Array(500).fill('x'), 'c'],
    { ended: false },
    ['  ... | ... 498 lines', '   | x', '   | x', '   | c', '! ready |'],
  ],
  [
    'running: what fits stands beside its line',
    ['...', 'up', 'ready'],
    ['x', 'up'],
    { ended: false },
    ['  ... | x', '  up | up', '! ready |'],
  ],
  ['any order: pairs', ['a', 'b', 'c'], ['c', 'x', 'a'], { order: 'any' }, ['  a | a', '! b | x', '  c | c']],
  ['any order: missing', ['a', 'b'], ['b'], { order: 'any' }, ['! a |', '  b | b']],
  ['any order: extra', ['a'], ['x', 'a'], { order: 'any' }, ['  a | a', '!  | x']],
  ['any order: `...`', ['a', '...'], ['x', 'y'], { order: 'any' }, ['! a |', '  ... | ... 2 lines']],
  [
    'any order: a name that has two values',
    ['<a:int>', '<a>!'],
    ['1', '2!'],
    { order: 'any' },
    ['  1 | 1', '! 1! | 2!'],
  ],
])('%s', (_, expected, actual, options, shown) => {
  expect(rows(match(expected, actual, options))).toEqual(shown)
})

test.each<[string, string[], string[], Partial<MatchOptions>, string]>([
  ['differs', ['a <_:int>'], ['a b'], {}, 'expected `a <_:int>`, got `a b`'],
  ['more', ['a', 'b'], ['a'], {}, 'the output has no line `b`'],
  ['more, running', ['a', 'b'], ['a'], { ended: false }, 'no line yet for `b`'],
  ['extra', ['a'], ['a', 'b'], {}, 'nothing on the page expects `b`'],
])('the message says it: %s', (_, expected, actual, options, message) => {
  expect(match(expected, actual, options)).toMatchObject({ message })
})

test('of a long diff the rows around the first difference are shown', () => {
  const lines = Array.from({ length: 1000 }, (_, i) => `line ${i}`)
  const result = rows(match(lines, lines.with(500, 'x')))
  expect(result.length).toBe(42)
  expect(result[0]).toBe('  ... 490 more | ... 490 more')
  expect(result[11]).toBe('! line 500 | x')
  expect(result[41]).toBe('  ... 470 more | ... 470 more')
})

test('long lines are cut', () => {
  const result = match(['a'], ['x'.repeat(5000)])
  expect(result).toMatchObject({ actual: [{ text: `${'x'.repeat(400)}…`, ok: false }] })
  expect(JSON.stringify(result).length).toBeLessThan(1000)
})

test('two long texts that have nothing in common are compared in bounded time and space', () => {
  const result = match(
    Array.from({ length: 3000 }, (_, i) => `<_:word> <_:word> a${i}`),
    Array.from({ length: 3000 }, (_, i) => `b ${i} c d e f`),
  )
  expect(result).toMatchObject({ ok: false, why: 'differs' })
  expect(rows(result).length).toBe(41)
})
