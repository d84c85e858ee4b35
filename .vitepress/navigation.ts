import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DefaultTheme } from 'vitepress'
import { type Course, type CourseLesson, readHead, writtenLessons } from '../playground/course/course.ts'

/** The bar at the top and the lists at the side, made of the course and of what else there is in its `docs`. */
export interface Navigation {
  nav: DefaultTheme.NavItemWithLink[]
  /** By the beginning of a page's path. */
  sidebar: Record<string, DefaultTheme.SidebarItem[]>
}

/** @throws {Error} `FILE:1: what; what to do` when a page's frontmatter has no title */
export function navigationOf(course: Course): Navigation {
  const [first] = writtenLessons(course)
  const guide = readGuide(course.folder)
  const nav: Navigation['nav'] = []
  if (first) nav.push({ text: 'Lessons', link: first.link, activeMatch: '^/lessons/' })
  for (const text of ['Playground', 'Words', 'Reference']) {
    const name = text.toLowerCase()
    if (existsSync(join(course.folder, 'docs', `${name}.md`))) nav.push({ text, link: `/${name}` })
  }
  if (guide[0]) nav.push({ text: 'Guide', link: guide[0].link, activeMatch: '^/guide/' })
  return { nav, sidebar: { '/lessons/': course.parts.flatMap(partItems), '/guide/': guide } }
}

/** A part without a title is only its lessons; what is not written yet has no page to lead to. */
function partItems({ title, lessons }: Course['parts'][number]): DefaultTheme.SidebarItem[] {
  const items = lessons.flatMap(lessonItem)
  return title === '' || items.length === 0 ? items : [{ text: escapeHtml(title), items }]
}

function lessonItem({ number, title, link, slug }: CourseLesson): DefaultTheme.SidebarItem[] {
  // theme/progress/SidebarProgress.vue fills it.
  const count = `<span data-progress="${slug}"></span>`
  const text = `<span class="lesson-number">${number}</span> ${escapeHtml(title)} ${count}`
  return link === undefined ? [] : [{ text, link }]
}

/** One entry per `docs/guide/*.md`: those with an `order` in their frontmatter first, then by name. */
function readGuide(folder: string): { text: string; link: string }[] {
  const guide = join(folder, 'docs/guide')
  const names = existsSync(guide)
    ? readdirSync(guide)
        .filter(name => name.endsWith('.md'))
        .sort()
    : []
  return names
    .map(name => ({ name, ...readHead(folder, `docs/guide/${name}`) }))
    .sort((a, b) => placeOf(a) - placeOf(b))
    .map(({ name, title }) => ({ text: escapeHtml(title), link: `/guide/${name.replace(/\.md$/, '')}` }))
}

function placeOf({ order }: Record<string, unknown>): number {
  return typeof order === 'number' ? order : Number.MAX_VALUE
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>]/g, c => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c]!)
}
