import { expect, test } from 'vitest'
import { onwardFrom } from '../../.vitepress/theme/progress/onward.ts'
import { type Count, type LessonProgress, NOTHING } from '../../.vitepress/theme/progress/progress.ts'

const SLUGS = ['01-a', '02-b', '03-c']
const share = { done: 0, total: 0 }
const count = (done: number): Count => ({
  done,
  total: 2,
  commands: share,
  checks: share,
  questions: share,
  predicted: 0,
})
const touched = (at: number): LessonProgress => ({
  commands: { '0123456789/0': at },
  checks: {},
  answers: {},
})

test.each([
  ['nothing was begun', {}, [0, 0, 0], undefined],
  ['one was begun', { '01-a': touched(1) }, [1, 0, 0], '01-a'],
  ['the one that was begun is done', { '01-a': touched(1) }, [2, 0, 0], '02-b'],
  ['the one touched last counts', { '03-c': touched(1), '01-a': touched(2) }, [1, 0, 1], '01-a'],
  ['the last one is done, an earlier one is not', { '03-c': touched(3) }, [2, 1, 2], '02-b'],
  ['all is done', { '03-c': touched(3) }, [2, 2, 2], undefined],
  [
    'an answer is a touch, too',
    { '02-b': { commands: {}, checks: {}, answers: { x: { shown: 9 } } } },
    [0, 1, 0],
    '02-b',
  ],
  ['a lesson that is gone', { '09-gone': touched(9) }, [0, 0, 0], undefined],
])('%s', (_, lessons, done, slug) => {
  const counts = Object.fromEntries(SLUGS.map((name, index) => [name, count(done[index]!)]))
  expect(onwardFrom({ ...NOTHING, lessons }, SLUGS, counts)).toBe(slug)
})
