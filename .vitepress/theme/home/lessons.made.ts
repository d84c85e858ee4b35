import type { Course } from '../../../playground/course/course.ts'
import { readMinutes } from '../../../playground/course/minutes.ts'

/** A lesson on the map. */
export interface MapEntry {
  slug: string
  /** Two digits. */
  number: string
  title: string
  /** One line. */
  about: string
  /** Undefined: not written yet. */
  link?: string
  /** Undefined as well while the page holds a mistake: that is shown elsewhere. */
  minutes?: number
}

/** The course as the home page shows it. */
export interface CourseMap {
  parts: { title: string; lessons: MapEntry[] }[]
  paths: { title: string; lessons: MapEntry[] }[]
}

declare const data: CourseMap

export { data }

export function makeMap(course: Course): CourseMap {
  const parts = course.parts.map(({ title, lessons }) => ({
    title,
    lessons: lessons.map(({ page, ...lesson }): MapEntry => {
      const { text, lesson: parsed } = page() ?? {}
      return { ...lesson, minutes: parsed && readMinutes(course.folder, text!, parsed) }
    }),
  }))
  const all = parts.flatMap(({ lessons }) => lessons)
  const paths = course.paths.map(({ title, lessons }) => ({
    title,
    lessons: lessons.flatMap(slug => all.filter(lesson => lesson.slug === slug)),
  }))
  return { parts, paths }
}
