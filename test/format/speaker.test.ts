/** Notes for who teaches: what may stand in them, and what counts them. */
import { expect, test } from 'vitest'
import { readSections } from '../../playground/authoring/prose.ts'
import { LessonError, parseLesson } from '../../playground/format/lesson.ts'
import { minutesOf } from '../../playground/format/minutes.ts'
import { readTokens } from '../../playground/format/page.ts'

const RUN = '```console\n$ true\n```\n'
const notes = (text: string) => `::: speaker\n${text}\n:::\n`

function mistakes(page: string): string[] {
  try {
    parseLesson(page, 'x.md')
    return []
  } catch (error) {
    if (!(error instanceof LessonError)) throw error
    return error.message.split('\n')
  }
}

test.each([
  [notes('Ask.'), []],
  [notes(''), ['x.md:1: speaker notes without a word; write them, or take them out']],
  ['::: speaker Ann\nAsk.\n:::\n', ['x.md:1: `Ann` behind ::: speaker; write ::: speaker alone']],
  [notes(RUN), ['x.md:2: a transcript in speaker notes, which readers do not see; put it above or below']],
  [
    `:::: speaker\nAsk.\n\n::: check one\nIt is.\n:::\n::::\n`,
    ['x.md:4: a check in speaker notes, which readers do not see; put it above or below'],
  ],
])('%j', (page, expected) => {
  expect(mistakes(`${page}\n${RUN}`)).toEqual(expected)
})

test('they take a reader no time, and claim nothing', () => {
  const long = `# A\n\n${notes('word '.repeat(2000))}\n${RUN}`
  expect(minutesOf(long, parseLesson(long, 'x.md'), () => '')).toBe(1)
  const page = `# A\n\nOne.\n\n${notes('It takes 77 minutes.')}`
  const [section] = readSections(readTokens(page, () => {}))
  expect(section!.blocks.map(({ text }) => text)).toEqual(['One.'])
})
