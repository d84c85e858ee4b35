import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DefaultTheme } from 'vitepress'
import { parse } from 'yaml'

/**
 * One entry per `docs/lessons/NN-slug.md`, in the order of their numbers.
 *
 * @throws {Error} `FILE:1: what; what to do` when a lesson's frontmatter has no title
 */
export function lessonSidebar(docs: string): DefaultTheme.SidebarItem[] {
  return readdirSync(join(docs, 'lessons'))
    .filter(name => /^\d\d-[a-z0-9-]+\.md$/.test(name))
    .sort()
    .map(name => {
      const { title } = frontmatter(docs, name)
      const number = name.slice(0, 2)
      return {
        text: `<span class="lesson-number">${number}</span> ${escapeHtml(title)}`,
        link: `/lessons/${name.replace(/\.md$/, '')}`,
      }
    })
}

/** The bar at the top: only what exists. */
export function pages(docs: string, lessons: DefaultTheme.SidebarItem[]): DefaultTheme.NavItemWithLink[] {
  const first = lessons[0]?.link
  const nav: DefaultTheme.NavItemWithLink[] = first
    ? [{ text: 'Lessons', link: first, activeMatch: '^/lessons/' }]
    : []
  for (const text of ['Playground', 'Reference']) {
    const name = text.toLowerCase()
    if (existsSync(join(docs, `${name}.md`))) nav.push({ text, link: `/${name}` })
  }
  return nav
}

function frontmatter(docs: string, name: string): { title: string } {
  const file = `docs/lessons/${name}`
  const block = /^---\r?\n([\s\S]*?)\r?\n---/.exec(readFileSync(join(docs, 'lessons', name), 'utf8'))?.[1]
  const title: unknown = block === undefined ? undefined : parse(block)?.title
  if (typeof title !== 'string' || title === '') {
    throw new Error(`${file}:1: the page has no title; write "title: …" between two --- lines at its top`)
  }
  return { title }
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>]/g, c => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c]!)
}
