import { describe, expect, test } from 'vitest'
import { checksFor, type LessonError, parseLesson } from '../../playground/format/lesson.ts'

const check = (name: string) => `::: check ${name}\nText.\n:::\n`

function mistakesOf(text: string): string[] {
  try {
    parseLesson(text, 'x.md')
    return []
  } catch (error) {
    return (error as LessonError).message.split('\n')
  }
}

describe('where checks stand', () => {
  test.each<[what: string, text: string, checks: object[]]>([
    ['none', '# X\n\n::: tip\ncheck\n:::\n', []],
    [
      'two, below the frontmatter',
      `---\ntitle: X\n---\n\n${check('one')}\n${check('two-3')}`,
      [
        { name: 'one', line: 5 },
        { name: 'two-3', line: 9 },
      ],
    ],
    ['straight below text', `text\n${check('one')}`, [{ name: 'one', line: 2 }]],
    ['with blanks around its name', ':::  check   one  \nIt is.\n:::\n', [{ name: 'one', line: 1 }]],
    ['in a list', `- item\n\n  ::: check one\n  It is.\n  :::\n`, [{ name: 'one', line: 3 }]],
    ['in another container', `:::: tip\n\n${check('one')}\n::::\n`, [{ name: 'one', line: 3 }]],
    [
      'for one language',
      `:::: lang ts\n${check('one')}::::\n:::: lang py\n${check('one')}::::\n${check('two')}`,
      [
        { name: 'one', line: 2, lang: 'ts' },
        { name: 'one', line: 7, lang: 'py' },
        { name: 'two', line: 11 },
      ],
    ],
    ['in a fence', `\`\`\`md\n${check('one')}\`\`\`\n`, []],
    ['in a comment', `<!--\n${check('one')}-->\n`, []],
  ])('%s', (_what, text, checks) => expect(parseLesson(text, 'x.md').checks).toEqual(checks))

  test('a fence in a check is a transcript, and its check is above it', () => {
    const { transcripts, checks } = parseLesson('::: check one\n```console\n$ true\n```\n:::\n', 'x.md')
    expect(transcripts.map(({ line }) => line)).toEqual([2])
    expect(checks).toEqual([{ name: 'one', line: 1 }])
  })

  test('each reader has those of their language', () => {
    const fences = '```console lang=ts\n$ true\n```\n```console lang=py\n$ true\n```\n'
    const text = `${fences}:::: lang ts\n${check('one')}::::\n:::: lang py\n${check('two')}::::\n${check('three')}`
    const lesson = parseLesson(text, 'x.md')
    const names = (...lang: ['ts' | 'py'] | []) => checksFor(lesson, ...lang).map(({ name }) => name)
    expect(names()).toEqual(['one', 'three'])
    expect(names('ts')).toEqual(['one', 'three'])
    expect(names('py')).toEqual(['two', 'three'])
  })
})

const named = 'write lowercase letters and digits with `-` between words, up to 64 characters'
test.each<[what: string, text: string, mistakes: string[]]>([
  ['no name', '::: check\n:::\n', ['x.md:1: a check without a name; write ::: check NAME']],
  ['a capital', check('Two'), ['x.md:1: `Two` is no name of a check; write two']],
  ['two words', check('two listeners'), [`x.md:1: \`two listeners\` is no name of a check; ${named}`]],
  ['a digit first', check('8080-free'), [`x.md:1: \`8080-free\` is no name of a check; ${named}`]],
  ['hyphens that part nothing', check('a--b'), [`x.md:1: \`a--b\` is no name of a check; ${named}`]],
  ['markup', check('<b>'), [`x.md:1: \`<b>\` is no name of a check; ${named}`]],
  ['too long', check('a'.repeat(65)), [`x.md:1: \`${'a'.repeat(65)}\` is no name of a check; ${named}`]],
  [
    'twice',
    `${check('one')}\n${check('one')}`,
    ['x.md:5: the check `one` stands in line 1 already; give one of them another name'],
  ],
  [
    'for all and for one language',
    `${check('one')}\n:::: lang ts\n${check('one')}::::\n`,
    ['x.md:6: the check `one` stands in line 1 already; give one of them another name'],
  ],
])('%s: a mistake', (_what, text, mistakes) => expect(mistakesOf(text)).toEqual(mistakes))
