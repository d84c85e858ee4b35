import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ready } from '../../playground/format/fit.ts'
import { type MatchOptions, matchOutput, unclaimed } from '../../playground/format/match.ts'
import { escapeLine, parsePattern } from '../../playground/format/placeholder.ts'
import { searchInOrder } from '../../playground/format/search.ts'
import { examples, match, noReport, outputLine, patternsOf } from '../harness/patterns.ts'
import { runs } from '../harness/runs.ts'

type Row = [
  rule: string,
  expected: string[],
  actual: string[],
  options: Partial<MatchOptions>,
  result: unknown,
]
const running = { ended: false }
const any = { order: 'any' } as const
const ok = (used: number, bound = {}, partial = '') => ({ ok: true, used, bound, partial })
const no = (why: string, line: number, wait = false) => ({ ok: false, why, line, wait })

test.each<Row>([
  ['all lines, once ended', ['a', 'b'], ['a', 'b'], {}, ok(2)],
  ['a changed line', ['a', 'b'], ['a', 'x'], {}, no('differs', 11)],
  ['a missing line', ['a', 'b', 'c'], ['a', 'c'], {}, no('more', 11)],
  ['a missing end', ['a', 'b'], ['a'], {}, no('more', 11)],
  ['a line too many', ['a'], ['a', 'b'], {}, no('extra', 10)],
  ['one in the middle', ['a', 'c'], ['a', 'b', 'c'], {}, no('extra', 10)],
  ['output where none is expected', [], ['a'], { line: 7 }, no('extra', 7)],
  ['no output where none is expected', [], [], {}, ok(0)],
  ['blank lines at the end of the output', ['a'], ['a', '', ' '], {}, ok(3)],
  ['blank lines at the end of the expectation', ['a', '', ''], ['a'], {}, ok(1)],
  ['but not in the middle', ['a', 'b'], ['a', '', 'b'], {}, no('extra', 10)],
  ['a last line without newline', ['a', 'b'], ['a'], { partial: 'b' }, ok(2)],
  ['which counts once', ['b', 'b'], [], { partial: 'b' }, no('more', 11)],
  ['is a line like any other once ended', ['<x:int>'], [], { partial: '12' }, ok(1, { x: '12' })],

  ['`...` for no line', ['a', '...', 'b'], ['a', 'b'], {}, ok(2)],
  ['for many', ['a', '...', 'b'], ['a', 'x', 'y', 'b'], {}, ok(4)],
  ['at the beginning', ['...', 'b'], ['x', 'b'], {}, ok(2)],
  ['at the end', ['a', '...'], ['a', 'x'], {}, ok(2)],
  ['alone', ['...'], ['x', 'y'], {}, ok(2)],
  ['once ended its last part is at the end', ['...', 'b'], ['b', 'x'], {}, no('extra', 11)],
  ['and is found there, not earlier', ['...', '<x:int>'], ['1', '2'], {}, ok(2, { x: '2' })],
  ['it ends at the first place', ['...', '<x:int>', '...'], ['a', '1', '2'], {}, ok(3, { x: '1' })],
  ['where all that follows fits', ['...', '<x:int>', '...', '<x>!'], ['1', '2', '2!'], {}, ok(3, { x: '2' })],
  ['what follows is whole', ['...', 'a', 'b', '...'], ['a', 'x', 'a', 'b', 'y'], {}, ok(5)],
  ['nothing that follows', ['...', 'a', '...'], ['x', 'y'], {}, no('more', 11)],
  ['twice in a row', ['...', '...', 'a'], ['x', 'a'], {}, ok(2)],

  ['running: the first lines', ['a'], ['a', 'b', 'c'], running, ok(1)],
  ['running: nothing is expected', [], ['a'], running, ok(0)],
  ['running: lines to come', ['a', 'b'], ['a'], running, no('more', 11, true)],
  ['running: no line yet', ['a'], [], running, no('more', 10, true)],
  ['running: a line that cannot match any more', ['a', 'b'], ['x'], running, no('differs', 10)],
  ['running: also while others are missing', ['a', 'b', 'c'], ['a', 'x'], running, no('differs', 11)],
  ['running: `...` waits for what follows', ['...', 'b'], ['x', 'y'], running, no('more', 11, true)],
  ['running: and takes the first place', ['...', 'b'], ['x', 'b', 'y', 'b'], running, ok(2)],
  ['running: `...` at the end claims nothing', ['a', '...'], ['a', 'x', 'y'], running, ok(1)],
  ['running: `...` alone is there at once', ['...'], [], running, ok(0)],
  ['running: what follows `...` may be cut', ['...', 'a', 'b'], ['a'], running, no('more', 12, true)],
  ['running: blank lines are left', ['a'], ['a', '', 'b'], running, ok(1)],
  ['running: an unfinished line', ['a', 'b:'], ['a'], { ...running, partial: 'b: ' }, ok(2, {}, 'b: ')],
  ['running: only the last one', ['b', 'c'], [], { ...running, partial: 'b' }, no('more', 10, true)],
  ['running: not with an open end', ['<x:int>'], [], { ...running, partial: '12' }, no('more', 10, true)],
  ['running: with `...` behind it', ['b:', '...'], [], { ...running, partial: 'b:' }, ok(1, {}, 'b:')],
  [
    'running: one that differs may still grow',
    ['ab'],
    [],
    { ...running, partial: 'a' },
    no('more', 10, true),
  ],
  ['running: and is no excuse', ['a', 'b'], ['x'], { ...running, partial: 'b' }, no('differs', 10)],

  ['any order', ['a', 'b', 'c'], ['c', 'a', 'b'], any, ok(3)],
  ['any order: as often as expected', ['a', 'a', 'b'], ['a', 'b', 'b'], any, no('differs', 11)],
  ['any order: a line is missing', ['a', 'b'], ['b'], any, no('more', 10)],
  ['any order: a line too many', ['a'], ['b', 'a'], any, no('extra', 10)],
  ['any order: names in output order', ['<a:int>', '<b:int>'], ['9', '4'], any, ok(2, { a: '9', b: '4' })],
  ['any order: going back', ['<a:int>', '<b:int>', '<b>!'], ['1', '2', '1!'], any, ok(3, { b: '1', a: '2' })],
  ['any order: the literal line is not given away', ['<a:word>', 'x'], ['x', 'y'], any, ok(2, { a: 'y' })],
  ['any order: names must be equal', ['<a:int>', '<a>!'], ['2!', '1'], any, no('differs', 11)],
  ['any order: with `...`', ['b', '...', 'a'], ['x', 'a', 'y', 'b', 'z'], any, ok(5)],
  ['any order: `...` makes up for nothing', ['b', '...'], ['x'], any, no('more', 10)],
  ['any order, running: as many lines', ['a', 'b'], ['b', 'a', 'c'], { ...any, ...running }, ok(2)],
  ['any order, running: lines to come', ['a', 'b'], ['b'], { ...any, ...running }, no('more', 10, true)],
  ['any order, running: no way', ['a', 'b'], ['c'], { ...any, ...running }, no('differs', 10)],
  [
    'any order, running: no way, all there',
    ['a', 'b'],
    ['a', 'a', 'b'],
    { ...any, ...running },
    no('differs', 11),
  ],
  ['any order, running: `...` waits', ['a', '...'], ['x'], { ...any, ...running }, no('more', 10, true)],
  [
    'any order, running: the first place',
    ['<a:int>', '...'],
    ['x', '1', '2'],
    { ...any, ...running },
    ok(2, { a: '1' }),
  ],
  [
    'any order, running: as few lines as will do',
    ['<a:word>', 'x', '...'],
    ['x', 'y', 'x'],
    { ...any, ...running },
    ok(2, { a: 'y' }),
  ],
  ['any order, running: unfinished', ['a', 'b'], ['b'], { ...any, ...running, partial: 'a' }, ok(2, {}, 'a')],
  [
    'any order, running: open end',
    ['<a:int>', 'b'],
    ['b'],
    { ...any, ...running, partial: '1' },
    no('more', 10, true),
  ],
])('%s', (_, expected, actual, options, result) => {
  expect(match(expected, actual, options)).toMatchObject(result as object)
})

test('what is bound before must be equal', () => {
  expect(match(['worker <a>'], ['worker 4'], {}, { a: '4' })).toMatchObject(ok(1, { a: '4' }))
  expect(match(['worker <a>'], ['worker 5'], {}, { a: '4' })).toMatchObject({
    ...no('differs', 10),
    message: 'expected `worker 4`, got `worker 5`',
  })
})

test('a name that nothing has bound yet is said', () => {
  const result = match(['up', 'worker <a>'], [], running)
  expect(result).toMatchObject({
    ok: false,
    wait: false,
    line: 11,
    message: expect.stringContaining('`<a>` is not known'),
  })
})

test.each([
  [
    'their newline belongs to claimed lines',
    { lines: ['a', 'b'], partial: 'c' },
    1,
    '',
    { lines: ['b'], partial: 'c' },
  ],
  ['an unfinished line is used up', { lines: ['a'], partial: 'b:' }, 2, 'b:', { lines: [], partial: '' }],
  ['its newline too', { lines: ['a', 'b:'], partial: '' }, 2, 'b:', { lines: [], partial: '' }],
  [
    'but not what stands behind it',
    { lines: ['b: yes', 'c'], partial: 'd' },
    1,
    'b:',
    { lines: [' yes', 'c'], partial: 'd' },
  ],
  ['while the line is unfinished', { lines: [], partial: 'b: y' }, 1, 'b:', { lines: [], partial: ' y' }],
  [
    'a line that was rewritten is new',
    { lines: ['done'], partial: '' },
    1,
    '50%',
    { lines: ['done'], partial: '' },
  ],
])('unclaimed: %s', (_, output, used, partial, left) => {
  expect(unclaimed(output, { used, partial })).toEqual(left)
})

const lines = fc.array(outputLine, { maxLength: 8 })
const someLines = fc.array(outputLine, { minLength: 1, maxLength: 8 })

test('output matches itself, escaped, whether it has ended or not', () => {
  fc.assert(
    fc.property(lines, fc.constantFrom('given', 'any'), (printed, order) => {
      const patterns = patternsOf(printed.map(escapeLine))
      expect(matchOutput(patterns, printed, {}, { order, ended: true })).toMatchObject(ok(printed.length))
      const early = matchOutput(patterns, [...printed, 'more'], {}, { order, ended: false })
      expect(early).toMatchObject({ ok: true })
    }),
    { numRuns: runs(100) },
  )
})

test('a changed literal never matches', () => {
  fc.assert(
    fc.property(someLines, fc.nat(), fc.constantFrom('given', 'any'), (printed, where, order) => {
      const wrong = printed.with(where % printed.length, `${printed[where % printed.length]}!`)
      for (const ended of [true, false]) {
        const result = matchOutput(patternsOf(printed.map(escapeLine)), wrong, {}, { order, ended })
        // Blank expectations at the end are none: while the program runs, nothing asks for the changed line.
        if (ended || printed.at(-1)?.trim()) expect(result).toMatchObject({ ok: false, wait: false })
        if (!result.ok && ended)
          expect([...result.expected, ...result.actual].some(line => !line.ok)).toBe(true)
      }
    }),
    { numRuns: runs(100) },
  )
})

test('placeholders bind, and must be equal afterwards', () => {
  fc.assert(
    fc.property(fc.array(examples, { minLength: 1, maxLength: 5 }), values => {
      const bound = Object.fromEntries(values.map(({ value }, i) => [`n${i}`, value]))
      const first = match(
        values.map(({ type }, i) => `is <n${i}:${type}>.`),
        values.map(({ value }) => `is ${value}.`),
      )
      expect(first).toMatchObject(ok(values.length, bound))
      const again = values.map((_, i) => `<n${i}>`)
      const printed = values.map(({ value }) => value)
      expect(match(again, printed, {}, bound)).toMatchObject({ ok: true })
      expect(match(again, printed.with(0, `${printed[0]}0`), {}, bound)).toMatchObject({ ok: false })
    }),
  )
})

test('any order takes every permutation, with names, and no changed line', () => {
  const shuffled = fc
    .uniqueArray(fc.nat(999), { minLength: 1, maxLength: 8 })
    .chain(ids => fc.tuple(fc.constant(ids), fc.shuffledSubarray(ids, { minLength: ids.length })))
  fc.assert(
    fc.property(shuffled, fc.nat(), ([ids, order], where) => {
      const sources = ids.map((_, i) => `worker <n${i}:int> is up`).concat(ids.map(id => `bye ${id}`))
      const printed = [...order.map(id => `worker ${id} is up`), ...order.map(id => `bye ${id}`)]
      const result = match(sources, printed, any)
      expect(result).toMatchObject(
        ok(printed.length, Object.fromEntries(order.map((id, i) => [`n${i}`, String(id)]))),
      )
      const changed = printed.with(where % printed.length, 'worker x is up')
      expect(match(sources, changed, any)).toMatchObject({ ok: false, why: 'differs' })
    }),
  )
})

test('`...` covers any lines, and the same ones however the output is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', 'b', 'c', '7')),
      fc.array(fc.constantFrom('a', 'b', '...', '<x:int>')),
      (printed, sources) => {
        // As a regular expression over whole lines: a different way to the same answer.
        const body = sources.map(source =>
          source === '...' ? '(?:.\\n)*?' : source === '<x:int>' ? '7\\n' : `${source}\\n`,
        )
        const text = printed.map(line => `${line}\n`).join('')
        const patterns = patternsOf(sources.map(source => source.replace('x', '_')))
        const whole = matchOutput(patterns, printed, {}, { order: 'given', ended: true })
        expect(whole.ok).toBe(new RegExp(`^${body.join('')}$`).test(text))
        const prefix = new RegExp(`^${body.join('')}`).exec(text)?.[0]
        const claimed = new Set<number>()
        for (let count = 0; count <= printed.length; count++) {
          const part = matchOutput(patterns, printed.slice(0, count), {}, { order: 'given', ended: false })
          if (part.ok) claimed.add(part.used)
        }
        expect([...claimed]).toEqual(prefix === undefined ? [] : [prefix.length / 2])
      },
    ),
    { numRuns: runs(200) },
  )
})

test('a line that nothing expects is found at once, however many ways there are to place the others', () => {
  const names = Array.from({ length: 12 }, (_, i) => `n <n${i}:int>`)
  const result = match(names, [...names.map((_, i) => `n ${i}`).slice(1), 'n x'], any)
  expect(result).toMatchObject({ ok: false, why: 'differs', message: 'expected `n <n11:int>`, got `n x`' })
})

test('any order: no name takes a line that another pattern needs', () => {
  const names = Array.from({ length: 12 }, (_, i) => `<n${i}:word>`)
  const printed = ['x1', ...names.map((_, i) => `w${i}`)]
  const bound = { ...Object.fromEntries(names.map((_, i) => [`n${i}`, `w${i}`])), x: '1' }
  expect(match([...names, 'x<x:int>'], printed, any)).toMatchObject(ok(13, bound))
  expect(match([...names, '...', 'x<x:int>'], [...printed, 'more'], any)).toMatchObject(ok(14, bound))
  expect(match([...names, '...', 'total'], printed, any)).toMatchObject({
    message: 'the output has no line `total`',
  })
})

test('any order: hundreds of lines', () => {
  const printed = Array.from({ length: 500 }, (_, i) => `line ${i}`)
  expect(match(printed, printed.toReversed(), any)).toMatchObject(ok(500))
  expect(match(printed, printed.toReversed().with(250, 'x'), any)).toMatchObject({
    why: 'differs',
    line: 259,
  })
})

test('hostile expectations end with a verdict after bounded work', () => {
  const names = Array.from({ length: 12 }, (_, i) => `n <n${i}:int>`)
  const numbers = Array.from({ length: 12 }, (_, i) => `n ${i}`)
  // The last name would have to be two values: every way to give the others away is tried, up to the cap.
  const given = match(
    [...names, ...numbers.map((_, i) => `<n${i}> !`)],
    [...numbers, ...numbers.map(() => '5 !')],
    any,
  )
  expect(given).toMatchObject({ ok: false, wait: false, message: expect.stringContaining('gave up') })
  const words = match(['<_:word>,<_:word>,<_:word>,<_:word>,<_:word>;'], [','.repeat(20_000)])
  expect(words).toMatchObject({ ok: false, message: expect.stringContaining('gave up') })
})

test.each([
  [
    'names between `...`',
    ['...', 'line <a:int>', '...', 'line <a>', '...', 'nothing', '...', 'line 1'],
    'line 5',
  ],
  ['equal lines', ['...', 'a', '...', 'a', 'a', '...', 'b', '...', 'a'], 'a'],
  ['words', ['...', '<a:word> <b:word>', '...', 'x <b>'], 'some words in a line'],
])('work grows with the output, not with its square: %s', (_, sources, line) => {
  const work = (count: number) => {
    const steps = { left: 1e9 }
    const expected = patternsOf(sources).map(pattern => ready(pattern, {}))
    const found = searchInOrder({
      expected,
      lines: new Array(count).fill(line),
      bound: {},
      ended: true,
      steps,
    })
    expect(found.ok).toBe(false)
    expect(steps.left).toBeGreaterThan(0)
    return 1e9 - steps.left
  }
  expect(work(1600) / work(200)).toBeLessThan(8.5)
})

test('a pattern is made from one line of the page', () => {
  expect(parsePattern('... ', 3, noReport)).toEqual({ line: 3, source: '...', rest: true })
})
