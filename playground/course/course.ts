/** A course: what there is in a folder of lessons, as it is now. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseFrontmatter } from '../format/frontmatter.ts'
import { isLessonSlug, numberOf } from '../format/slug.ts'
import { NO_OUTLINE, type Outline, parseOutline } from './outline.ts'
import { type Page, parsePage } from './pages.ts'

export interface CourseLesson {
  slug: string
  /** Two digits. */
  number: string
  title: string
  /** Slugs that it had before, and those of lessons that it was part of. */
  was: string[]
  /** One sentence; '' where the author wrote none. */
  about: string
  /** Its address on the site; undefined: it is yet to be written. */
  link?: string
  /** Undefined like its link. Parsed when it is asked for, and once as long as it stays as it is. */
  page(): Page | undefined
}

export interface Course extends Pick<Outline, 'title' | 'description' | 'mark' | 'paths'> {
  /** Holds `docs/lessons` and `lessons`. */
  folder: string
  /** Every lesson has its place in one; what `course.yaml` does not name comes last, in a part without a title. */
  parts: { title: string; lessons: CourseLesson[] }[]
}

/** The second one is ours, behind somebody else's. */
const FILES = ['docs/course.yaml', 'docs/course.ours.yaml']

/**
 * Reads `docs/course.yaml` and what `docs/lessons/NN-slug.md` say of themselves. Without the former, the lessons are
 * in the order of their numbers.
 *
 * @throws {Error} every mistake in it, a line each: `FILE:LINE: what; what to do`
 */
export function readCourse(folder: string): Course {
  const [outline = NO_OUTLINE, ...behind] = FILES.flatMap(file => {
    const full = path.join(folder, file)
    return existsSync(full) ? parseOutline(readFileSync(full, 'utf8'), file) : []
  })
  const { title, description, mark } = outline
  const written = writtenIn(folder)
  const mistakes: string[] = []
  const all = [outline, ...behind].flatMap(({ parts }) => parts)
  const parts = all.map(({ title, lessons }) => ({
    title,
    lessons: lessons.flatMap(({ slug, planned, was = [] }): CourseLesson[] => {
      const lesson = written.get(slug)
      written.delete(slug)
      if (lesson) return [{ ...lesson, was }]
      if (planned) return [{ slug, number: numberOf(slug), was, ...planned, page: () => undefined }]
      const todo = 'write it, or say { slug, title, about } of it until then'
      mistakes.push(`docs/course.yaml: there is no page docs/lessons/${slug}.md; ${todo}`)
      return []
    }),
  }))
  if (mistakes.length > 0) throw new Error(mistakes.join('\n'))
  if (written.size > 0) parts.push({ title: '', lessons: [...written.values()] })
  const paths = [outline, ...behind].flatMap(({ paths }) => paths)
  return { folder, title, description, mark, paths, parts }
}

/** All lessons that can be read, in the order of the course. */
export function writtenLessons({ parts }: Course): (CourseLesson & { link: string })[] {
  return parts
    .flatMap(({ lessons }) => lessons)
    .filter(lesson => lesson.link !== undefined) as (CourseLesson & {
    link: string
  })[]
}

/** Old addresses, and where each leads now: a lesson that was divided, to the first that came of it. */
export function movedLessons(course: Course): Map<string, string> {
  const written = writtenLessons(course)
  const now = new Set(written.map(({ slug }) => slug))
  const moved = written.flatMap(({ was, link }) =>
    was.filter(slug => !now.has(slug)).map((slug): [string, string] => [`/lessons/${slug}`, link]),
  )
  // Of two entries the later one would hold.
  return new Map(moved.reverse())
}

/** Title and the rest of the frontmatter of a page of the site. @throws {Error} when it has no title */
export function readHead(folder: string, file: string): Record<string, unknown> & { title: string } {
  const { title, ...rest } = parseFrontmatter(readFileSync(path.join(folder, file), 'utf8')).values
  if (typeof title === 'string' && title !== '') return { ...rest, title }
  throw new Error(`${file}:1: the page has no title; write "title: …" between two --- lines at its top`)
}

/** By slug, in the order of their numbers. */
function writtenIn(folder: string): Map<string, CourseLesson> {
  const lessons = path.join(folder, 'docs/lessons')
  const names = existsSync(lessons) ? readdirSync(lessons).sort() : []
  const slugs = names.filter(name => name.endsWith('.md')).map(name => path.basename(name, '.md'))
  return new Map(
    slugs.filter(isLessonSlug).map(slug => {
      const file = `docs/lessons/${slug}.md`
      const { title, description } = readHead(folder, file)
      const about = typeof description === 'string' ? description : ''
      const page = () => parsePage(readFileSync(path.join(folder, file), 'utf8'), file)
      return [slug, { slug, number: numberOf(slug), title, was: [], about, link: `/lessons/${slug}`, page }]
    }),
  )
}
