import MarkdownIt, { type Token } from 'markdown-it'
import { frontmatterOf } from '../../playground/format/frontmatter.ts'

/** One word of the course, from `docs/words.md`. */
export interface Word {
  /** What the heading's anchor on that page is: `accept-queue`. */
  id: string
  /** All that it is written as: `pid`, `process id`. */
  names: string[]
  /** Its heading is code, as `bind` is: in prose it is another word, a verb. */
  isCode: boolean
  /** Plain text in which backticks mark code. */
  definition: string
}

/**
 * Reads the page of words: each second-level heading is a word, other names of it behind commas, and the first
 * paragraph below is what it means.
 *
 * @throws {Error} `FILE:LINE: what; what to do`
 */
export function parseWords(page: string, file: string): Word[] {
  const tokens = markdown.parse(page.replace(frontmatterOf(page), blank), {})
  const words: Word[] = []
  const fail = ({ map }: Token, what: string, todo: string) => {
    throw new Error(`${file}:${(map?.[0] ?? 0) + 1}: ${what}; ${todo}`)
  }
  for (const [index, token] of tokens.entries()) {
    if (token.type !== 'heading_open' || token.tag !== 'h2') continue
    const heading = plain(tokens[index + 1]!)
    const names = heading.replaceAll('`', '').split(/\s*,\s*/)
    const taken = names.find(name => words.some(word => word.names.includes(name)))
    if (taken) fail(token, `"${taken}" stands twice`, 'leave one of them out')
    const paragraph = tokens[index + 3]
    if (paragraph?.type !== 'paragraph_open') {
      fail(token, `"${names[0]}" has no definition`, 'write a paragraph straight below its heading')
    }
    words.push({
      id: slug(names),
      names,
      isCode: heading.includes('`'),
      definition: plain(tokens[index + 4]!),
    })
  }
  return words
}

const markdown = new MarkdownIt()

/** Keeps the lines' numbers. */
function blank(text: string): string {
  return text.replace(/[^\n]/g, '')
}

/** Text and code; links and emphasis are what they say. */
function plain({ children }: Token): string {
  return (children ?? [])
    .map(({ type, content }) => {
      if (type === 'code_inline') return `\`${content}\``
      return type === 'softbreak' ? ' ' : content
    })
    .join('')
}

/** As VitePress makes anchors of such headings; the site's test compares. */
function slug(names: string[]): string {
  return names
    .join('-')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
}
