import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LessonError, parseLesson } from '../../../playground/format/lesson.ts'
import { readMinutes } from '../../lesson-minutes.ts'
import { readLessons } from '../../navigation.ts'
import { type CourseEntry, planned, shortPath } from './course.ts'

const root = join(import.meta.dirname, '../../..')

declare const data: CourseEntry[]

export { data }

/** Runs when the site is built, and again when a lesson changes. */
export default {
  watch: ['../../../docs/lessons/*.md'],
  load(): CourseEntry[] {
    const lessons = readLessons(join(root, 'docs'))
    const written = lessons.map(({ description, ...lesson }) => ({
      ...lesson,
      about: description,
      minutes: minutesOf(`docs${lesson.link}.md`),
    }))
    const missing = planned.filter(({ number }) => !written.some(lesson => lesson.number === number))
    return [...written, ...missing]
      .map(lesson => ({ ...lesson, short: shortPath.includes(lesson.number) }))
      .sort((a, b) => a.number.localeCompare(b.number))
  },
}

/** Undefined while the page holds a mistake: that is shown elsewhere. */
function minutesOf(file: string): number | undefined {
  const text = readFileSync(join(root, file), 'utf8')
  try {
    return readMinutes(root, text, parseLesson(text, file))
  } catch (error) {
    if (error instanceof LessonError) return undefined
    throw error
  }
}
