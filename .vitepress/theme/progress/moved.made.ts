import { type Course, writtenLessons } from '../../../playground/course/course.ts'

declare const data: Record<string, string[]>

export { data }

/** The slugs that a lesson had before, by the one it has; those that have always been where they are have no entry. */
export function makeMoved(course: Course): Record<string, string[]> {
  return Object.fromEntries(
    writtenLessons(course).flatMap(({ slug, was }) => (was.length > 0 ? [[slug, was]] : [])),
  )
}
