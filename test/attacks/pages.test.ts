/** Pages and outputs that are made to take long: at most two seconds, or one line that says what is too much. */
import { describe, expect, test } from 'vitest'
import { LessonError, parseLesson } from '../../playground/format/lesson.ts'
import { matchOutput } from '../../playground/format/match.ts'
import { parseTranscript } from '../../playground/format/transcript.ts'

/** Milliseconds of the processor, whatever else the machine does. */
function cost(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

const LONGEST = 2000
/** As much as a page may hold. */
const SIZE = 500 * 1024

/** The piece again and again, in lines as long as they may be. */
function fill(piece: string, size = SIZE): string {
  const line = piece.includes('\n') ? piece : `${piece.repeat(Math.floor(9000 / piece.length))}\n`
  return line.repeat(Math.floor(size / line.length))
}

function said(page: string): string[] {
  try {
    parseLesson(page, 'x.md')
    return []
  } catch (error) {
    if (!(error instanceof LessonError)) throw error
    return error.message.split('\n')
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
      `::: predict\n\n- a\n- ${fill(piece, 400_000)}:::\n`,
    ]
    bodies.push(`<div>\n${fill(piece)}`, `\`\`\`console order=any\n$ a\n${fill(piece)}\`\`\`\n`)
    for (const body of bodies) expect(cost(() => said(body))).toBeLessThan(LONGEST)
  })

  test('choices without end, blanks before a mark, a snippet line of blanks', () => {
    const list = '- a\n'.repeat(120_000)
    expect(cost(() => said(`::: predict\nq\n\n${list}:::\n`))).toBeLessThan(LONGEST)
    const blanks = `- a${' '.repeat(9000)}x\n`.repeat(50)
    expect(cost(() => said(`::: predict\n\n${blanks}:::\n`))).toBeLessThan(LONGEST)
    expect(cost(() => said(`<<< a${' '.repeat(9000)}b\n`.repeat(50)))).toBeLessThan(LONGEST)
  })

  test('what is too much is one line', () => {
    expect(said('<a:'.repeat(300_000))).toEqual([
      'x.md:1: a page of 879 KiB, where 512 are the most; make several pages of it',
    ])
    expect(said(`# X\n\n${'<a:'.repeat(100_000)}`)).toEqual([
      'x.md:3: a line of more than 10000 characters; break it up',
    ])
    const questions = said('::: predict\nq\n- a <!-- right -->\n- b\n:::\n'.repeat(5000))
    expect(questions.filter(line => line.includes('more than 200 questions'))).toHaveLength(1)
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
      expect(cost(() => matchOutput(patterns, printed, {}, { order: order ?? 'given', ended }))).toBeLessThan(
        LONGEST,
      )
  })
})
