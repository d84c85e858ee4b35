/** What the site, and not a page, knows: the ids of headings, and links that its settings hold. */
import { createMarkdownRenderer, resolveConfig } from 'vitepress'
import { frontmatterOf } from '../format/frontmatter.ts'
import type { Linked } from './dead-links.ts'

/** The ids that the site gives the headings of a page with this text, frontmatter and all. */
export type AnchorsOf = (text: string) => string[]

/** @param root the repository's folder, whose `.vitepress` is the site's */
export async function readSite(root: string): Promise<{ anchorsOf: AnchorsOf; settings: Linked }> {
  const { srcDir, markdown, site } = await resolveConfig(root, 'build', 'production')
  // Colours for code would take longer than all the rest.
  const renderer = await createMarkdownRenderer(srcDir, { ...markdown, highlight: code => code })
  const anchorsOf = (text: string) =>
    renderer
      .parse(text.slice(frontmatterOf(text).length), { path: '' })
      .filter(({ type }) => type === 'heading_open')
      .flatMap(heading => heading.attrGet('id') ?? [])
  const targets = [
    ...JSON.stringify([site.themeConfig, site.head]).matchAll(/"(?:link|href|src)":"([^"]*)"/g),
  ]
  const links = targets.map(([, target = '']) => ({ line: 1, target }))
  return { anchorsOf, settings: { file: '.vitepress/config.ts', links, anchors: [], headings: [] } }
}
