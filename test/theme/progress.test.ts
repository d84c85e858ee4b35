import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { entriesOf, sumUp } from '../../.vitepress/theme/progress/ledger.ts'
import {
  addFrom,
  countSteps,
  forgetAll,
  formatProgress,
  type LessonProgress,
  type LessonSteps,
  merge,
  NOTHING,
  type Progress,
  parseProgress,
} from '../../.vitepress/theme/progress/progress.ts'
import { seal } from '../../playground/format/seal.ts'

/** Few names and moments, so that two of them have much in common. */
const at = fc.integer({ min: 0, max: 5 })
const picked = fc.record({ choice: fc.constantFrom('aaaaaaaa', 'bbbbbbbb'), at })
const answer = fc.record({ before: picked, after: picked, shown: at }, { requiredKeys: [] })
const some = <T>(names: string[], value: fc.Arbitrary<T>) =>
  fc.dictionary(fc.constantFrom(...names), value, { noNullPrototype: true })
const lesson: fc.Arbitrary<LessonProgress> = fc.record({
  commands: some(['0123456789/0', '0123456789-2/0', '0123456789/1'], at),
  checks: some(['one', 'two'], at),
  answers: some(['01234567', '01234567-2'], answer),
})
const anyProgress: fc.Arbitrary<Progress> = fc.record({
  era: fc.integer({ min: 0, max: 2 }),
  lessons: some(['01-a', '02-b'], lesson),
})

describe('putting two together', () => {
  test('in any order, in any grouping, and as often as you like, is the same', () => {
    fc.assert(
      fc.property(anyProgress, anyProgress, anyProgress, (a, b, c) => {
        expect(merge(a, b)).toEqual(merge(b, a))
        expect(merge(a, merge(b, c))).toEqual(merge(merge(a, b), c))
        expect(merge(a, a)).toEqual(a)
        expect(merge(merge(a, b), b)).toEqual(merge(a, b))
      }),
    )
  })

  test('loses nothing, unless it was forgotten', () => {
    fc.assert(
      fc.property(anyProgress, anyProgress, (a, b) => {
        const both = merge(a, b)
        for (const each of [a, b].filter(({ era }) => era === both.era)) {
          for (const [slug, { commands, checks, answers }] of Object.entries(each.lessons)) {
            expect(Object.keys(both.lessons[slug]!.commands)).toEqual(
              expect.arrayContaining(Object.keys(commands)),
            )
            expect(Object.keys(both.lessons[slug]!.checks)).toEqual(
              expect.arrayContaining(Object.keys(checks)),
            )
            expect(Object.keys(both.lessons[slug]!.answers)).toEqual(
              expect.arrayContaining(Object.keys(answers)),
            )
          }
        }
      }),
    )
  })

  test('the first moment counts, and the last pick', () => {
    const of = (time: number, choice: string): Progress => ({
      era: 0,
      lessons: {
        '01-a': {
          commands: { x: time },
          checks: {},
          answers: { q: { before: { choice, at: time }, shown: time } },
        },
      },
    })
    expect(merge(of(1, 'early'), of(2, 'late')).lessons['01-a']).toEqual({
      commands: { x: 1 },
      checks: {},
      answers: { q: { before: { choice: 'late', at: 2 }, shown: 1 } },
    })
  })

  test('what one tab has forgotten, another one does not bring back; a file does', () => {
    fc.assert(
      fc.property(anyProgress, progress => {
        const forgotten = forgetAll(progress)
        expect(merge(forgotten, progress).lessons).toEqual({})
        expect(addFrom(progress, forgotten).lessons).toEqual(progress.lessons)
      }),
    )
  })
})

describe('as text', () => {
  test('there and back', () => {
    fc.assert(
      fc.property(anyProgress, progress => {
        expect(parseProgress(formatProgress(progress))).toEqual(progress)
      }),
    )
  })

  test('whatever the text is, it is read or refused in one sentence', () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.record({ version: fc.constant(1), lessons: fc.object() }).map(value => JSON.stringify(value)),
      fc.tuple(anyProgress, fc.nat(), fc.string({ maxLength: 3 })).map(([progress, place, other]) => {
        const whole = formatProgress(progress)
        const index = place % whole.length
        return whole.slice(0, index) + other + whole.slice(index + other.length)
      }),
    )
    fc.assert(
      fc.property(text, candidate => {
        try {
          const progress = parseProgress(candidate)
          expect(parseProgress(formatProgress(progress))).toEqual(progress)
        } catch (error) {
          expect((error as Error).message).toMatch(/^This .{5,200}\.$/s)
        }
      }),
      { numRuns: 1000 },
    )
  })

  test.each([
    ['no JSON', '{', 'This is not a file of progress: it is not JSON.'],
    ['something else', '[]', 'This is not a file of progress: it has no lessons.'],
    [
      'of another time',
      '{"version":2,"lessons":{}}',
      'This progress has version 2, and this site reads version 1.',
    ],
    [
      'a name that is none',
      '{"version":1,"lessons":{"__proto__":{}}}',
      'This progress cannot be read at lessons.__proto__.',
    ],
    [
      'a moment that is none',
      '{"version":1,"lessons":{"01-a":{"commands":{},"checks":{"c":"now"},"answers":{}}}}',
      'This progress cannot be read at lessons.01-a.checks.c.',
    ],
    [
      'an answer that is none',
      '{"version":1,"lessons":{"01-a":{"commands":{},"checks":{},"answers":{"01234567":{"after":{"choice":"<b>","at":1}}}}}}',
      'This progress cannot be read at lessons.01-a.answers.01234567.after.',
    ],
  ])('refused: %s', (_, text, message) => {
    expect(() => parseProgress(text)).toThrow(message)
  })
})

describe('counting', () => {
  const steps: LessonSteps = {
    fences: [
      { id: '012345', commands: 2 },
      { id: '012345-2', commands: 1, lang: 'ts' },
      { id: 'abcdef', commands: 1, lang: 'py', requires: ['strace'] },
    ],
    checks: [{ name: 'one' }, { name: 'two', lang: 'py' }],
    questions: [{ id: '01234567' }, { id: '89abcdef' }],
  }
  const done: LessonProgress = {
    commands: { '0123456789/0': 1, '0123456789-2/0': 1, 'ffffffffff/0': 1 },
    checks: { one: 1, gone: 1 },
    answers: { '01234567': { shown: 1 }, fedcba98: {} },
  }

  test('what the page no longer has does not count', () => {
    expect(countSteps(steps, done, 'ts')).toEqual({
      commands: { done: 2, total: 3 },
      checks: { done: 1, total: 1 },
      questions: { done: 1, total: 2 },
      predicted: 0,
      done: 4,
      total: 6,
    })
  })

  test('each language has its own', () => {
    expect(countSteps(steps, done, 'py')).toMatchObject({
      commands: { done: 1, total: 3 },
      checks: { done: 1, total: 2 },
    })
  })

  test('what cannot run on this machine is left out', () => {
    expect(countSteps(steps, done, 'py', ['strace', 'nginx']).commands).toEqual({ done: 1, total: 2 })
  })

  test('nothing is done of nothing', () => {
    const none = { commands: {}, checks: {}, answers: {} }
    expect(countSteps({ fences: [], checks: [], questions: [] }, none, 'ts')).toMatchObject({
      done: 0,
      total: 0,
    })
    expect(NOTHING.lessons).toEqual({})
  })
})

describe('the ledger', () => {
  const questions = ['01234567', '89abcdef'].map(id => ({
    id,
    text: `Question ${id}?`,
    choices: [
      { id: 'aaaaaaaa', text: 'A' },
      { id: 'bbbbbbbb', text: 'B' },
    ],
    right: seal(id, 'bbbbbbbb'),
  }))
  const ledger = (answers: LessonProgress['answers']) =>
    entriesOf(questions, { commands: {}, checks: {}, answers })

  test('does not tell what the kernel does before the reader has seen it', () => {
    const entries = ledger({ '01234567': { before: { choice: 'bbbbbbbb', at: 1 } } })
    expect(entries).toEqual([
      {
        id: '01234567',
        question: 'Question 01234567?',
        before: { text: 'B' },
        after: undefined,
        kernel: undefined,
      },
    ])
    expect(sumUp(entries)).toBe('')
  })

  test('sets both answers beside what the kernel does', () => {
    const entries = ledger({
      '89abcdef': { shown: 2 },
      '01234567': { before: { choice: 'aaaaaaaa', at: 1 }, shown: 2, after: { choice: 'bbbbbbbb', at: 3 } },
    })
    expect(entries.map(({ before, after, kernel }) => ({ before, after, kernel }))).toEqual([
      { before: { text: 'A', same: false }, after: { text: 'B', same: true }, kernel: 'B' },
      { before: undefined, after: undefined, kernel: 'B' },
    ])
    expect(sumUp(entries)).toBe('Before the run, 0 of 1 answers were what the kernel does; after it, 1 of 1.')
  })

  test('leaves out what the page has no longer', () => {
    expect(ledger({ fedcba98: { shown: 1 } })).toEqual([])
    expect(
      ledger({ '01234567': { before: { choice: 'cccccccc', at: 1 }, shown: 2 } })[0]!.before,
    ).toBeUndefined()
  })
})
