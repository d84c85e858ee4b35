/**
 * Pages and outputs that are made to take long: at most 25 times what
 * plain text takes, or one line that says what is too much. Unbounded each takes minutes.
 */
import { describe, expect, test } from 'vitest'
import { type Lesson, LessonError, parseLesson } from '../../playground/format/lesson.ts'
import { matchOutput } from '../../playground/format/match.ts'
import { minutesOf } from '../../playground/format/minutes.ts'
import { parseTranscript } from '../../playground/format/transcript.ts'

/** A quarter of what a page may hold; in `npm run test:more` all of it. */
const SIZE = (process.env.TEST_MODE === 'more' ? 500 : 125) * 1024

/** @returns what it makes, and what that costs the processor, whatever else the machine does: milliseconds */
function measured<Made>(work: () => Made): [Made, number] {
  const before = process.cpuUsage()
  const made = work()
  const { user, system } = process.cpuUsage(before)
  return [made, (user + system) / 1000]
}

const [, PLAIN] = measured(() => read(fill('some plain words\n\n')))

function bounded<Made>(work: () => Made): Made {
  const [made, cost] = measured(work)
  expect(cost).toBeLessThan(25 * PLAIN)
  return made
}

/** The piece again and again, in lines as long as they may be. */
function fill(piece: string, size = SIZE): string {
  const line = piece.includes('\n') ? piece : `${piece.repeat(Math.floor(9000 / piece.length))}\n`
  return line.repeat(Math.floor(size / line.length))
}

/** @returns the lesson, or what is said of the page */
function read(page: string): { lesson?: Lesson; said: string[] } {
  try {
    return { lesson: parseLesson(page, 'x.md'), said: [] }
  } catch (error) {
    if (!(error instanceof LessonError)) throw error
    return { said: error.message.split('\n') }
  }
}

describe('pages', () => {
  const pieces = [
    '<a:',
    '<a ',
    '<b>',
    '</b>',
    '<!--',
    '<a b="',
    '[',
    '](',
    '![a](',
    '*a _',
    '`',
    '{{ ',
    '&#',
    '\\',
    '|a',
    '# {',
    ' ',
    '\t',
    '> ',
    '- ',
    ': ',
    '<http:',
    '[a]: b\n',
    '::: tip\n',
    ':::\n',
    '::: predict\nq\n',
    '::: predict\nq\n- a <!-- right -->\n- b\n:::\n',
    '::: lang ts\n',
    '::: check a\n:::\n',
    '<<< a\n',
    '<<< [a',
    '<div>\n\n',
    '<b>\n</i>\n',
    '```console\n$ a\n```\n',
    '```console\n',
    '~~~\n',
    '|a|b|\n',
    '* a\n\n  ',
    '---\n',
    'a\n===\n',
    '<b><i></b>',
    '<i v-pre>',
    '- a\n',
    '<A x="1" />\n',
    '\r',
    '\0',
  ]
  test.each(pieces)('%j everywhere', piece => {
    const bodies = [
      fill(piece),
      `# ${fill(piece, 9000)}\n`,
      `::: predict\n\n- a\n- ${fill(piece, 0.8 * SIZE)}:::\n`,
    ]
    bodies.push(`<div>\n${fill(piece)}`, `\`\`\`console order=any\n$ a\n${fill(piece)}\`\`\`\n`)
    for (const body of bodies) {
      const { lesson } = bounded(() => read(body))
      if (lesson) bounded(() => minutesOf(body, lesson, () => ''))
    }
  })

  test('as many questions as there may be, above as much text as there may be', () => {
    const questions = '::: predict\nq\n- a <!-- right -->\n- b\n:::\n'.repeat(50)
    const body = questions + fill('a\n\n', SIZE - questions.length)
    bounded(() => read(body))
  })

  test('choices without end, blanks before a mark, a snippet line of blanks', () => {
    const list = '- a\n'.repeat(120_000)
    bounded(() => read(`::: predict\nq\n\n${list}:::\n`))
    const blanks = `- a${' '.repeat(9000)}x\n`.repeat(50)
    bounded(() => read(`::: predict\n\n${blanks}:::\n`))
    bounded(() => read(`<<< a${' '.repeat(9000)}b\n`.repeat(50)))
  })

  test('what is too much is one line', () => {
    expect(read('<a:'.repeat(300_000)).said).toEqual([
      'x.md:1: a page of 879 KiB, where 512 are the most; make several pages of it',
    ])
    expect(read(`# X\n\n${'<a:'.repeat(100_000)}`).said).toEqual([
      'x.md:3: a line of more than 10000 characters; break it up',
    ])
    const { said } = read('::: predict\nq\n- a <!-- right -->\n- b\n:::\n'.repeat(5000))
    expect(said.filter(line => line.includes('more than 50 questions'))).toHaveLength(1)
  })
})

describe('outputs', () => {
  const lines = (count: number, line: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => line(index))
  const output = lines(20_000, index => `line${index}`)
  test.each<[what: string, expected: string[], printed: string[], order?: 'any']>([
    ['200 `...`', lines(200, () => '...'), output],
    ['200 `...` and what never comes', [...lines(200, () => '...'), 'x'], output],
    ['a word between each', [...lines(200, at => (at % 2 ? '<_:word>' : '...')), 'x'], output],
    ['a name between each', [...lines(200, at => (at % 2 ? `<n${at}:word>` : '...')), 'x'], output],
    ['words without a blank', [`${'<_:word>'.repeat(49)}!`], ['a'.repeat(5000)]],
    [
      'any order, twice as many placeholders',
      lines(20_000, () => '<_:word> <_:word>'),
      lines(20_000, at => `a b${at}`),
      'any',
    ],
    ['any order, `...`', [...lines(1000, () => '<_:word>'), 'x', '...'], output, 'any'],
    [
      'any order, names that contradict',
      lines(60, at => `<a${at % 7}:int> <b${at % 5}:int>`),
      lines(60, at => `${(at * 7) % 11} ${at % 13}`),
      'any',
    ],
    ['any order, one line too few', lines(2000, at => `<a:int> ${at}`), lines(1999, at => `1 ${at}`), 'any'],
  ])('%s', (_what, expected, printed, order) => {
    const info = order ? 'console order=any' : 'console'
    const { commands } = parseTranscript(info, `$ x\n${expected.join('\n')}\n`, 1, () => {})!
    const { patterns } = commands[0]!.expectation
    for (const ended of [true, false])
      bounded(() => matchOutput(patterns, printed, {}, { order: order ?? 'given', ended }))
  })
})
