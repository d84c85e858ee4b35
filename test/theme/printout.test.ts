import { expect, test } from 'vitest'
import { expectedLines } from '../../.vitepress/theme/lesson/expected-lines.ts'
import { printedPieces } from '../../.vitepress/theme/lesson/printed-pieces.ts'
import { parsePattern } from '../../playground/format/placeholder.ts'

/** What a reader sees of expected lines; words are in brackets. */
function seen(source: string, known: Record<string, string> = {}): string[] {
  const patterns = source.split('\n').map((line, index) => parsePattern(line, index + 1, () => {}))
  return expectedLines(patterns, name => known[name]).map(pieces =>
    pieces.map(piece => (typeof piece === 'string' ? piece : `[${piece.word}]`)).join(''),
  )
}

test('what varies is a word, or what is known', () => {
  expect(
    seen('worker <a:pid>  <421..579>\ntotal  9 in <_:int> ms\nqueue <at-a:1..2> <at-a>\n...\n<heir:int> <a>'),
  ).toEqual(['worker [pid a]  [421–579]', 'total  9 in [number] ms', 'queue [1–2] [at a]', '', '[heir] [a]'])
  expect(seen('worker <a>', { a: '12' })).toEqual(['worker [12]'])
})

test('the rows of a table stay in their columns', () => {
  const table = 'model  p50       p99\nown    <0..300>  <500..30000>\nb      <_:int>   7'
  expect(seen(table).map(line => line.replace(/[[\]]/g, ''))).toEqual([
    'model  p50     p99',
    'own    0–300   500–30000',
    'b      number  7',
  ])
  expect(seen('a      b      c\nd      e      f')).toEqual(['a      b      c', 'd      e      f'])
})

test('a printed line has its values apart, and their bounds beside it', () => {
  const values = [
    { from: 7, to: 9 },
    { from: 11, to: 14, expected: '421–579' },
  ]
  expect(printedPieces({ text: 'worker 12  502', values })).toEqual({
    pieces: [
      { text: 'worker ', varies: false },
      { text: '12', varies: true },
      { text: '  ', varies: false },
      { text: '502', varies: true },
    ],
    expected: 'expected 421–579',
  })
})
