import { expect, test } from 'vitest'
import { parseLesson } from '../../playground/format/lesson.ts'
import { minutesOf } from '../../playground/format/minutes.ts'

const FENCE = '```'

/** @param snippet what each `<<<` shows */
function minutes(text: string, snippet = ''): number {
  return minutesOf(text, parseLesson(text, 'page.md'), () => snippet)
}

const words = (count: number) => Array.from({ length: count }, () => 'word').join(' ')
const commands = (count: number, info = '') => `${FENCE}console${info}\n${'$ true\n'.repeat(count)}${FENCE}\n`
const code = (count: number) => `${FENCE}text\n${'line\n\n'.repeat(count)}${FENCE}\n`
const question = '::: predict\nWhat?\n\n- one <!-- right -->\n- two\n\n:::\n\n'
const folded = (text: string) => `<details>\n<summary>More</summary>\n\n${text}\n\n</details>\n\n`

test.each<[what: string, text: string, minutes: number]>([
  ['an empty page takes one', '', 1],
  ['180 words are a minute', words(900), 5],
  [
    'a heading, a list, a table and code in a line are words',
    `# ${words(180)}\n\n- ${words(180)}\n\n| ${words(180)} | \`ss -l\` |\n|---|---|\n`,
    3,
  ],
  ['signs are no words', `${words(360)} ${'→ '.repeat(900)}`, 2],
  ['ten commands are a minute', commands(40), 4],
  ['so is Ctrl-C', `${FENCE}console\n${'$ true\n^C\n'.repeat(20)}${FENCE}\n`, 4],
  [
    'what a command prints is looked at with it',
    `${FENCE}console\n$ true\n${'line\n'.repeat(500)}${FENCE}\n`,
    1,
  ],
  ['15 lines of a picture are a minute, blank ones not counted', code(45), 3],
  ['three questions are a minute, with their words', question.repeat(9) + commands(10), 4],
  ['folded boxes are left out', folded(`${words(900)}\n\n${commands(50)}\n${code(50)}`) + words(360), 2],
  ['and so is a box in a box', folded(folded(words(900)) + words(900)) + words(360), 2],
  ['frontmatter is not read', `---\ntitle: ${words(900)}\n---\n\n${words(360)}`, 2],
  [
    'the first language counts, and what belongs to both',
    `::: lang ts\n${words(180)}\n:::\n\n::: lang py\n${words(1800)}\n:::\n\n${commands(10, ' lang=ts')}\n${commands(100, ' lang=py')}\n${commands(10)}`,
    3,
  ],
  [
    'it is the only one where there is no other',
    `::: lang py\n${words(360)}\n:::\n\n${commands(10, ' lang=py')}`,
    3,
  ],
])('%s', (_, text, expected) => {
  expect(minutes(text)).toBe(expected)
})

test('15 lines of a snippet are a minute, blank ones not counted', () => {
  const text = '<<< ./a.ts\n\n<<< ./b.ts\n'
  expect(minutes(text, 'line\n\n'.repeat(30))).toBe(4)
  expect(minutes(folded(text), 'line\n\n'.repeat(30))).toBe(1)
})
