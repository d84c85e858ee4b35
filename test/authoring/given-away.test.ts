import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { givenAway } from '../../playground/authoring/given-away.ts'
import { parsePage } from '../../playground/course/pages.ts'

/** Passages of an early course, each with a reader's judgement: `=== PAGE LINE JUDGEMENT`, then what stood above. */
const passages = readFileSync(path.join(import.meta.dirname, 'given-away.txt'), 'utf8')
  .split(/^=== /m)
  .slice(1)
  .map(passage => {
    const [, page, line, judgement, text] = /^(\S+) (\d+) (.*)\n([\s\S]*)$/.exec(passage)!
    return { name: `${page}:${line}`, judgement, found: read(text!, page!) }
  })

/** What is said of a page that ends in a question; its proof is added. */
function read(text: string, page = '01-a', words: string[] = []): string[] {
  const file = `docs/lessons/${page}.md`
  const whole = `${text}\n\`\`\`console\n$ true\n\`\`\`\n`
  const { lesson, mistakes } = parsePage(whole, file)
  expect(mistakes).toEqual([])
  return givenAway(lesson!, whole, new Set(words)).map(({ what }) => what)
}

test('of fifteen passages that readers found to give the answer away, twelve or more are found', () => {
  const given = passages.filter(({ judgement }) => judgement === 'given away')
  expect(given).toHaveLength(15)
  const missed = given.filter(({ found }) => found.length === 0)
  expect(missed.map(({ name }) => name)).toEqual([
    '06-scale-and-restart:181',
    '07-shared-state:78',
    '09-pitfalls:249',
  ])
})

test('of the four that they found excellent, none is', () => {
  const fine = passages.filter(({ judgement }) => judgement === 'fine')
  expect(fine.map(({ found }) => found)).toEqual([[], [], [], []])
})

const QUESTION = '::: predict\nHow many?\n\n- Seven ships\n- Two boats <!-- right -->\n- Some swim\n\n:::\n'

test.each([
  [
    'a word of the right choice in the description',
    '---\ndescription: On boats\n---\n\n',
    'boats (description)',
  ],
  ['another form of it in the text above', '## A\n\nShe was boating.\n\n', 'boating (text above)'],
  ['in the heading', '## Of a boat\n\n', 'boat (heading)'],
  ['a word of a wrong choice', '## Of ships\n\nThey swim.\n\n', undefined],
  ['a word that is in each section', '## A boat\n\n## Boats\n\n## My boat\n\n## B\n\nA boat.\n\n', undefined],
  ['code that is run, and what is asked', '## A\n\n```console\n$ true boats\n```\n\n', undefined],
])('%s', (_, above, told) => {
  expect(read(above + QUESTION)).toEqual(told ? [`the right choice may be read above it: ${told}`] : [])
})

test('what the page of words explains is every lesson’s, and gives nothing away', () => {
  expect(read(`## Of a boat\n\n${QUESTION}`, '01-a', ['boat'])).toEqual([])
})

test('an author silences one, with a reason, as long as there is something to silence', () => {
  const silenced = (reason: string, heading = 'Boats') =>
    read(`## ${heading}\n\n<!-- not given away: ${reason} -->\n${QUESTION}`)
  expect(silenced('the heading is of another kind')).toEqual([])
  expect(silenced('')).toEqual(['a silenced question without a reason'])
  expect(silenced('it was so', 'Ships')).toEqual(['nothing gives this question away'])
})
