import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readMinutes } from '../../.vitepress/lesson-minutes.ts'
import { readLessons } from '../../.vitepress/navigation.ts'
import { shortPath } from '../../.vitepress/theme/home/course.ts'
import { parseLesson } from '../../playground/format/lesson.ts'
import { ROOT } from '../../playground/workbench/course.ts'

test('the path of 90 minutes takes no more, and not much less', () => {
  const lessons = readLessons(join(ROOT, 'docs')).filter(({ number }) => shortPath.includes(number))
  expect(lessons.map(({ number }) => number)).toEqual(shortPath)
  const minutes = lessons.map(({ link }) => {
    const file = `docs${link}.md`
    const text = readFileSync(join(ROOT, file), 'utf8')
    return readMinutes(ROOT, text, parseLesson(text, file))
  })
  const sum = minutes.reduce((a, b) => a + b)
  expect(sum, String(minutes)).toBeGreaterThan(75)
  expect(sum, String(minutes)).toBeLessThanOrEqual(90)
})
