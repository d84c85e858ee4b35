import { expect, test } from 'vitest'
import { matchOutput } from '../../playground/format/match.ts'
import { parsePattern } from '../../playground/format/placeholder.ts'
import { type Printed, printedBy } from '../../playground/format/printed.ts'

/** What is shown of an output that fits: each line with its values in brackets, and what they had to be. */
function shown(
  expected: string,
  printed: string,
  options: { order?: 'any'; ended?: boolean } = {},
): string[] {
  const { order = 'given', ended = true } = options
  const patterns = expected.split('\n').map((line, index) => parsePattern(line, index + 1, () => {}))
  const lines = printed.split('\n')
  const match = matchOutput(patterns, lines, { known: '7' }, { order, ended })
  if (!match.ok) throw new Error(match.message)
  return printedBy(patterns, { lines, partial: '' }, match).map(text)
}

function text(printed: Printed): string {
  if ('folded' in printed) return `... ${printed.count}: ${printed.folded.join('|')}`
  const { text, values } = printed
  let marked = text
  for (const { from, to, expected } of values.toReversed())
    marked = `${marked.slice(0, from)}[${text.slice(from, to)}${expected ? ` ${expected}` : ''}]${marked.slice(to)}`
  return marked
}

test('the lines are as they were printed, blanks and all, and each value has its place', () => {
  expect(
    shown(
      'worker <a:pid> <421..579>\ntotal 1000 in <_:int> ms',
      'worker  12     502  \ntotal  1000 in 83 ms',
    ),
  ).toEqual(['worker  [12]     [502 421–579]  ', 'total  1000 in [83] ms'])
  expect(shown('  <x:int>: <x>, <known>', '  12: 12, 7')).toEqual(['  [12]: [12], [7]'])
  expect(shown('(a.b)* <_:path>!', '(a.b)* /x!')).toEqual(['(a.b)* [/x]!'])
})

test('in any order they stand in the order of the run', () => {
  expect(shown('a <1..5>\nb <6..9>', 'b 7\na 2', { order: 'any' })).toEqual(['b [7 6–9]', 'a [2 1–5]'])
})

test('what ... stands for is folded, and no blank lines at the end', () => {
  expect(shown('...\nb <_:int>\n...\nd', 'a\na2\nb 1\nd')).toEqual(['... 2: a|a2', 'b [1]', 'd'])
  expect(shown('a\n...', 'a\nx\n\n')).toEqual(['a', '... 1: x'])
  expect(shown('a', 'a\nlater', { ended: false })).toEqual(['a'])
})

test('a flood is cut off', () => {
  const line = 'x'.repeat(1000)
  const lines = Array.from({ length: 1000 }, () => line)
  const [rest] = printedBy(
    [parsePattern('...', 1, () => {})],
    { lines, partial: '' },
    { ok: true, bound: {}, used: 1000, places: [], partial: '' },
  )
  if (!rest || !('folded' in rest)) throw new Error('not folded')
  expect(rest.count).toBe(1000)
  expect(rest.folded.join('\n').length).toBeLessThanOrEqual(4000)
})
