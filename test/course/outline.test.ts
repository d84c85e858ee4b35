import { expect, test } from 'vitest'
import { parseOutline } from '../../playground/course/outline.ts'

const GOOD = `title: T
description: D
parts:
  - title: One
    lessons: [01-a, 02-b]
  - title: Two
    lessons:
      - { slug: 03-c, title: C, about: Later. }
paths:
  - title: In a hurry
    minutes: 30
    lessons: [01-a, 03-c]
`

test('what it says', () => {
  expect(parseOutline(GOOD, 'course.yaml')).toEqual({
    title: 'T',
    description: 'D',
    parts: [
      { title: 'One', lessons: [{ slug: '01-a' }, { slug: '02-b' }] },
      { title: 'Two', lessons: [{ slug: '03-c', planned: { title: 'C', about: 'Later.' } }] },
    ],
    paths: [{ title: 'In a hurry', minutes: 30, lessons: ['01-a', '03-c'] }],
  })
  const moved = parseOutline(GOOD.replace('02-b]', '{ slug: 02-b, was: [01-b] }]'), 'course.yaml')
  expect(moved.parts[0]!.lessons[1]).toEqual({ slug: '02-b', was: ['01-b'] })
  expect(parseOutline(GOOD.replace(/paths:[\s\S]*/, ''), 'course.yaml').paths).toEqual([])
})

const NO_TEXT = 'no text; write a line of it'
const NO_SLUG = "no slug; write the name of the lesson's page without .md, as 01-bind-conflict"
const NO_LESSON =
  'no lesson; write its slug as 01-bind-conflict, { slug, was } if it has moved, or { slug, title, about } while it is not written'

test.each([
  [
    'nothing in it',
    GOOD,
    '',
    '1: not what it should be; write title, description, mark, parts, paths below it',
  ],
  [
    'a list',
    GOOD,
    '- a\n',
    '1: not what it should be; write title, description, mark, parts, paths below it',
  ],
  ['no title', 'title: T\n', '', '1: title: it is missing; write it'],
  ['an empty title', 'title: T', 'title:', `1: title: ${NO_TEXT}`],
  ['a title of blanks', 'title: T', 'title: "  "', `1: title: ${NO_TEXT}`],
  ['a title that is a number', 'title: T', 'title: 7', `1: title: ${NO_TEXT}`],
  ['a title of two lines', 'title: T', 'title: "a\\nb"', `1: title: ${NO_TEXT}`],
  ['no description', 'description: D\n', '', '1: description: it is missing; write it'],
  [
    'a misspelt key',
    'paths:',
    'path:',
    '10: path: no such key; there are title, description, mark, parts, paths',
  ],
  [
    'a mark elsewhere',
    'parts:',
    'mark: ../x.svg\nparts:',
    '3: mark: no file; write the name of an SVG or PNG file beside this one',
  ],
  [
    'empty parts',
    /parts:[\s\S]*/,
    'parts:\n',
    '3: parts: no list; write the parts below it, each with a dash',
  ],
  [
    'parts without dashes',
    /parts:[\s\S]*/,
    'parts:\n  title: One\n',
    '4: parts: no list; write the parts below it, each with a dash',
  ],
  [
    'a part that is a text',
    /parts:[\s\S]*/,
    'parts: [One]\n',
    '3: parts[0]: not what it should be; write title, lessons below it',
  ],
  [
    'a part without lessons',
    '    lessons: [01-a, 02-b]\n',
    '',
    '4: parts[0].lessons: it is missing; write it',
  ],
  [
    'a part with no lesson',
    '[01-a, 02-b]',
    '[]',
    '5: parts[0].lessons: no list; write slugs of lessons below it, each with a dash',
  ],
  [
    'one lesson without a list',
    '[01-a, 02-b]',
    '01-a',
    '5: parts[0].lessons: no list; write slugs of lessons below it, each with a dash',
  ],
  ['a number for a lesson', '[01-a, 02-b]', '[1, 02-b]', `5: parts[0].lessons[0]: ${NO_LESSON}`],
  ['a file for a lesson', '02-b]', '02-b.md]', `5: parts[0].lessons[1]: ${NO_LESSON}`],
  ['a path for a lesson', '02-b]', '../02-b]', `5: parts[0].lessons[1]: ${NO_LESSON}`],
  ['a planned lesson without a title', 'title: C, ', '', `8: parts[1].lessons[0]: ${NO_LESSON}`],
  [
    'a lesson twice',
    '02-b]',
    '01-a]',
    '5: parts[0].lessons[1]: 01-a has a place already; leave one of them out',
  ],
  [
    'a number twice',
    '02-b]',
    '01-b]',
    '5: parts[0].lessons[1]: 01-a has the same number; give one of them another',
  ],
  [
    'paths without dashes',
    /paths:[\s\S]*/,
    'paths: 90\n',
    '9: paths: no list; write the paths below it, each with a dash',
  ],
  ['a path without minutes', '    minutes: 30\n', '', '10: paths[0].minutes: it is missing; write it'],
  [
    'minutes in words',
    'minutes: 30',
    'minutes: thirty',
    '11: paths[0].minutes: no number; write how many minutes the path takes',
  ],
  [
    'no minutes',
    'minutes: 30',
    'minutes: 0',
    '11: paths[0].minutes: no time; write how many minutes the path takes',
  ],
  [
    'a path to nowhere',
    '[01-a, 03-c]',
    '[01-a, 04-d]',
    '12: paths[0].lessons[1]: 04-d is in no part; write it there, or leave it out here',
  ],
  ['a path of no slugs', '[01-a, 03-c]', '[first]', `12: paths[0].lessons[0]: ${NO_SLUG}`],
])('%s: one line that says where, what, and what to do', (_, old, by, message) => {
  const text = old === GOOD ? by : GOOD.replace(old, by)
  expect(() => parseOutline(text, 'course.yaml')).toThrow(new Error(`course.yaml:${message}`))
})

test('what is no YAML is told with its line', () => {
  expect(() => parseOutline(GOOD.replace('[01-a', '[[01-a'), 'course.yaml')).toThrow(
    /^course\.yaml:\d+: no YAML: .+; correct it there$/,
  )
})

test('all mistakes at once, a line each', () => {
  const text = GOOD.replace('title: T', 'title:').replace('minutes: 30', 'minutes: none')
  expect(() => parseOutline(text, 'course.yaml')).toThrow(
    /^course\.yaml:1: title: .+\ncourse\.yaml:11: paths.+$/,
  )
})
