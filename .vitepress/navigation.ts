import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DefaultTheme } from 'vitepress'
import { parse } from 'yaml'

/** A lesson as the rest of the site speaks of it: from its file's name and frontmatter. */
export interface LessonEntry {
  /** Two digits. */
  number: string
  title: string
  link: string
  /** One sentence; '' where the author wrote none. */
  description: string
}

/** The bar at the top and the lists at the side, made of what there is in the folder of the pages. */
export interface Navigation {
  nav: DefaultTheme.NavItemWithLink[]
  /** By the beginning of a page's path. */
  sidebar: Record<string, DefaultTheme.SidebarItem[]>
}

/** @throws {Error} `FILE:1: what; what to do` when a page's frontmatter has no title */
export function readNavigation(docs: string): Navigation {
  const lessons = readLessons(docs)
  const guide = readGuide(docs)
  const nav: Navigation['nav'] = []
  if (lessons[0]) nav.push({ text: 'Lessons', link: lessons[0].link, activeMatch: '^/lessons/' })
  for (const text of ['Playground', 'Words', 'Reference']) {
    const name = text.toLowerCase()
    if (existsSync(join(docs, `${name}.md`))) nav.push({ text, link: `/${name}` })
  }
  if (guide[0]) nav.push({ text: 'Guide', link: guide[0].link, activeMatch: '^/guide/' })
  return { nav, sidebar: { '/lessons/': lessonSidebar(lessons), '/guide/': guide } }
}

/**
 * One entry per `docs/lessons/NN-slug.md`, in the order of their numbers.
 *
 * @throws {Error} `FILE:1: what; what to do` when a lesson's frontmatter has no title
 */
export function readLessons(docs: string): LessonEntry[] {
  return pagesIn(docs, 'lessons', /^\d\d-[a-z0-9-]+\.md$/).map(({ name, title, description }) => ({
    number: name.slice(0, 2),
    link: `/lessons/${name}`,
    title,
    description: typeof description === 'string' ? description : '',
  }))
}

/** One entry per `docs/guide/*.md`: those with an `order` in their frontmatter first, then by name. */
function readGuide(docs: string): { text: string; link: string }[] {
  const place = ({ order }: PageEntry) => (typeof order === 'number' ? order : Number.POSITIVE_INFINITY)
  return pagesIn(docs, 'guide', /\.md$/)
    .sort((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)))
    .map(({ name, title }) => ({ text: escapeHtml(title), link: `/guide/${name}` }))
}

function lessonSidebar(lessons: LessonEntry[]): DefaultTheme.SidebarItem[] {
  return lessons.map(({ number, title, link }) => ({
    text: `<span class="lesson-number">${number}</span> ${escapeHtml(title)} ${placeOfCount(link)}`,
    link,
  }))
}

/** Empty; theme/progress/SidebarProgress.vue fills it. */
function placeOfCount(link: string): string {
  return `<span data-progress="${link.replace(/^.*\//, '')}"></span>`
}

interface PageEntry {
  /** The file's, without `.md`. */
  name: string
  title: string
  /** The rest of its frontmatter, as it was written. */
  [key: string]: unknown
}

function pagesIn(docs: string, folder: string, pattern: RegExp): PageEntry[] {
  if (!existsSync(join(docs, folder))) return []
  return readdirSync(join(docs, folder))
    .filter(file => pattern.test(file))
    .sort()
    .map(file => {
      const text = readFileSync(join(docs, folder, file), 'utf8')
      const block = /^---\r?\n([\s\S]*?)\r?\n---/.exec(text)?.[1]
      const { title, ...rest } = (block === undefined ? undefined : parse(block)) ?? {}
      if (typeof title !== 'string' || title === '') {
        const todo = 'write "title: …" between two --- lines at its top'
        throw new Error(`docs/${folder}/${file}:1: the page has no title; ${todo}`)
      }
      return { ...rest, name: file.replace(/\.md$/, ''), title }
    })
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>]/g, c => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c]!)
}
