import { join } from 'node:path'
import { readLessons } from '../../navigation.ts'
import { type CourseEntry, planned, shortPath } from './course.ts'

declare const data: CourseEntry[]

export { data }

/** Runs when the site is built, and again when a lesson changes. */
export default {
  watch: ['../../../docs/lessons/*.md'],
  load(): CourseEntry[] {
    const lessons = readLessons(join(import.meta.dirname, '../../../docs'))
    const written = lessons.map(({ description, ...lesson }) => ({ ...lesson, about: description }))
    const missing = planned.filter(({ number }) => !written.some(lesson => lesson.number === number))
    return [...written, ...missing]
      .map(lesson => ({ ...lesson, short: shortPath.includes(lesson.number) }))
      .sort((a, b) => a.number.localeCompare(b.number))
  },
}
