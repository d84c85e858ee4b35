import { describe, expect, test } from 'vitest'
import { type LessonError, parseLesson } from '../../playground/format/lesson.ts'
import { allTranscripts, lessonAround, lessonOfWay, waysOf } from '../../playground/format/way.ts'

const run = (command: string, words = '') => `\`\`\`console${words && ` ${words}`}\n$ ${command}\n\`\`\`\n`
const parse = (...parts: string[]) => parseLesson(parts.join('\n'), 'docs/lessons/01-x.md')
const commandsOf = (transcripts: { commands: { input: string[] }[] }[]) =>
  transcripts.flatMap(({ commands }) => commands.flatMap(({ input }) => input))

const PAGE = [
  '# Title',
  run('page'),
  ':::: challenge win-it',
  'Win.',
  run('starter'),
  '::: hint',
  'Think.',
  ':::',
  '::: solution one',
  run('one'),
  ':::',
  '::: solution two',
  run('two', 'lang=ts'),
  ':::',
  '::::',
  run('below'),
]

describe('a challenge', () => {
  test('has transcripts of its own, which are none of the page', () => {
    const lesson = parse(...PAGE)
    expect(commandsOf(lesson.transcripts)).toEqual(['page', 'below'])
    expect(commandsOf(allTranscripts(lesson))).toEqual(['page', 'starter', 'one', 'two', 'below'])
    expect(lesson.challenges).toMatchObject([{ name: 'win-it', solutions: [{}, {}] }])
    expect(lesson.languages).toEqual(['ts'])
    expect(lesson.checks).toEqual([])
  })

  test('is run once with each solution: first the starter files, unmet, then the solution, met', () => {
    const lesson = parse(...PAGE)
    const ways = waysOf(lesson, 'ts')
    expect(ways).toEqual([
      { challenge: 'win-it', solution: 1 },
      { challenge: 'win-it', solution: 2 },
    ])
    const [one, two] = ways.map(way => lessonOfWay(lesson, way))
    expect(commandsOf(one!.transcripts)).toEqual(['starter', 'one'])
    expect(commandsOf(two!.transcripts)).toEqual(['starter', 'two'])
    const [starter, solution] = one!.transcripts
    const [unmet, met] = one!.checks
    expect([unmet!.unmet, met!.unmet]).toEqual([true, undefined])
    expect(unmet!.line).toBeGreaterThan(starter!.line)
    expect(unmet!.line).toBeLessThan(solution!.line)
    expect(met!.line).toBeGreaterThan(solution!.line)
    expect(() => lessonOfWay(lesson, { challenge: 'win-it', solution: 3 })).toThrow('no solution 3')
  })

  test('on the page, what a click runs is what it would be verified with', () => {
    const lesson = parse(...PAGE)
    const around = (index: number) =>
      commandsOf(lessonAround(lesson, allTranscripts(lesson)[index]!.id).transcripts)
    expect(around(0)).toEqual(['page', 'below'])
    expect(around(1)).toEqual(['starter', 'one'])
    expect(around(3)).toEqual(['starter', 'two'])
  })

  test('a name may be bound in each of its solutions, and is none of the page', () => {
    const solution = '::: solution\n```console\n$ echo 1\n<a:int>\n$ echo <a>\n1\n```\n:::'
    expect(parse(':::: challenge a', solution, solution, '::::').warnings).toEqual([])
    expect(mistakes(':::: challenge a', solution, '::::', '```console\n$ echo 1\n<a>\n```')).toEqual([
      '13: the name `<a>` is bound nowhere above',
    ])
  })
})

describe('mistakes', () => {
  const solution = ['::: solution', run('true'), ':::']
  test.each([
    ['a challenge without a name', [':::: challenge', ...solution, '::::'], '1: a challenge without a name'],
    ['a bad name', [':::: challenge A', ...solution, '::::'], '1: `A` is no name of a challenge'],
    [
      'the name of a check',
      ['::: check a', 'x', ':::', ':::: challenge a', ...solution, '::::'],
      '4: the check `a` stands in line 1 already',
    ],
    ['no solution', ['::: challenge a', 'Do it.', ':::'], '1: a challenge without a solution'],
    [
      'a solution without commands',
      [':::: challenge a', '::: solution', 'Think.', ':::', '::::'],
      '2: a solution that nothing runs',
    ],
    [
      'a transcript below it',
      [':::: challenge a', ...solution, run('late'), '::::'],
      '8: a transcript below a solution',
    ],
    ['a hint elsewhere', ['::: hint', 'x', ':::'], '1: a hint outside of a challenge'],
    ['a solution elsewhere', solution, '1: a solution outside of a challenge'],
    [
      'a check inside',
      [':::: challenge a', '::: check b', 'x', ':::', ...solution, '::::'],
      '2: a check inside a challenge',
    ],
  ])('%s', (_what, lines, said) => expect(mistakes(...lines)).toEqual([said]))

  test('a language without a solution', () => {
    const only = [':::: challenge a', '::: solution', run('true', 'lang=ts'), ':::', '::::']
    expect(mistakes(run('x', 'lang=py'), ...only)).toEqual([
      '5: the challenge `a` has no solution for lang=py',
    ])
    expect(parse(run('x', 'lang=py'), '::::: lang ts', ...only, ':::::').challenges).toHaveLength(1)
  })
})

function mistakes(...lines: string[]): string[] {
  try {
    parse(...lines)
    return []
  } catch (error) {
    return (error as LessonError).mistakes.map(({ line, what }) => `${line}: ${what}`)
  }
}
