import type { Token } from 'markdown-it'

/** A place where a page leads somewhere else, or shows a picture. */
export interface Link {
  line: number
  /** As written: `./words.md#port`. */
  target: string
}

/** Links and pictures of a page, in Markdown and in HTML. */
export function readLinks(tokens: Token[]): Link[] {
  const links: Link[] = []
  let line = 1
  for (const token of tokens) {
    if (token.map) line = token.map[0] + 1
    if (token.type === 'html_block') addHtml(links, token.content, line)
    if (token.type !== 'inline') continue
    for (const { type, attrs, content } of token.children ?? []) {
      if (type === 'softbreak' || type === 'hardbreak') line++
      if (type === 'html_inline') addHtml(links, content, line)
      const name = type === 'link_open' ? 'href' : 'src'
      const target = attrs?.find(([key]) => key === name)?.[1]
      if (target && (type === 'link_open' || type === 'image')) links.push({ line, target })
    }
  }
  return links
}

/** Headings' texts without markup, in page order. */
export function readHeadings(tokens: Token[]): string[] {
  return tokens.flatMap((token, index) => {
    if (tokens[index - 1]?.type !== 'heading_open') return []
    const children = token.children ?? []
    return children.map(({ type, content }) => (type === 'html_inline' ? '' : content)).join('')
  })
}

/** Attributes that hold a fixed target; what Vue computes (`:href`) is none. */
function addHtml(links: Link[], html: string, first: number): void {
  for (const { 1: target = '', index } of html.matchAll(/(?<=\s)(?:href|src)="([^"]*)"/g)) {
    links.push({ line: first + html.slice(0, index).split('\n').length - 1, target })
  }
}
