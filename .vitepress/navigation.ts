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
  /** How long it takes. */
  minutes?: number
}

/**
 * One entry per `docs/lessons/NN-slug.md`, in the order of their numbers.
 *
 * @throws {Error} `FILE:1: what; what to do` when a lesson's frontmatter has no title
 */
export function readLessons(docs: string): LessonEntry[] {
  return readdirSync(join(docs, 'lessons'))
    .filter(name => /^\d\d-[a-z0-9-]+\.md$/.test(name))
    .sort()
    .map(name => ({
      number: name.slice(0, 2),
      link: `/lessons/${name.replace(/\.md$/, '')}`,
      ...frontmatter(docs, name),
    }))
}

export function lessonSidebar(lessons: LessonEntry[]): DefaultTheme.SidebarItem[] {
  return lessons.map(({ number, title, link }) => ({
    text: `<span class="lesson-number">${number}</span> ${escapeHtml(title)}`,
    link,
  }))
}

/** The bar at the top: only what exists. */
export function pages(docs: string, lessons: LessonEntry[]): DefaultTheme.NavItemWithLink[] {
  const first = lessons[0]?.link
  const nav: DefaultTheme.NavItemWithLink[] = first
    ? [{ text: 'Lessons', link: first, activeMatch: '^/lessons/' }]
    : []
  for (const text of ['Playground', 'Words', 'Reference']) {
    const name = text.toLowerCase()
    if (existsSync(join(docs, `${name}.md`))) nav.push({ text, link: `/${name}` })
  }
  return nav
}

function frontmatter(docs: string, name: string): Pick<LessonEntry, 'title' | 'description' | 'minutes'> {
  const file = `docs/lessons/${name}`
  const block = /^---\r?\n([\s\S]*?)\r?\n---/.exec(readFileSync(join(docs, 'lessons', name), 'utf8'))?.[1]
  const { title, description, minutes } = (block === undefined ? undefined : parse(block)) ?? {}
  if (typeof title !== 'string' || title === '') {
    throw new Error(`${file}:1: the page has no title; write "title: …" between two --- lines at its top`)
  }
  return {
    title,
    description: typeof description === 'string' ? description : '',
    minutes: Number(minutes) > 0 ? Number(minutes) : undefined,
  }
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>]/g, c => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c]!)
}
