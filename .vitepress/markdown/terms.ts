import type Token from 'markdown-it/lib/token.mjs'
import type { MarkdownRenderer } from 'vitepress'
import { escapeHtml } from './mistake-box.ts'
import type { Word } from './words.ts'

/** Containers in which nothing is marked: half of the readers do not see them, or a click there answers a question. */
const LEFT_OUT = /^(?:container_(?:lang|predict)|outcome)_(?:open|close)/

/**
 * Marks the first use of each word on a lesson's page with `<Term>`, which shows what it means. Not in code, headings
 * and links. Where one word contains another, the longer one counts: in "accept queue" there is no "accept".
 *
 * @param words asked for once for each page, as they may change while an author writes
 */
export function installTerms(md: MarkdownRenderer, words: () => Word[]): void {
  md.core.ruler.push('terms', ({ tokens, env }) => {
    if (!/(?:^|\/)lessons\/[^/]+$/.test(env.path ?? '')) return
    const marker = createMarker(words())
    let leftOut = 0
    for (const [index, token] of tokens.entries()) {
      if (LEFT_OUT.test(token.type)) leftOut += token.nesting
      const isHeading = tokens[index - 1]?.type === 'heading_open'
      if (token.type !== 'inline' || leftOut > 0 || isHeading) continue
      token.children = markChildren(token.children ?? [], marker)
    }
  })
}

/** Text, and words in it. */
type Piece = string | { word: Word; text: string }
type Marker = (text: string) => Piece[]

/** Finds each word once, as long as the marker lives. */
function createMarker(words: Word[]): Marker {
  const inProse = words.filter(({ isCode }) => !isCode)
  const byName = new Map(inProse.flatMap(word => word.names.map(name => [name, word] as const)))
  if (byName.size === 0) return text => [text]
  const names = [...byName.keys()].sort((a, b) => b.length - a.length)
  // A plural, and a capital at the beginning of a sentence, are the same word.
  const pattern = new RegExp(`(?<![\\w-])(?:${names.map(alternative).join('|')})(?![\\w-])`, 'g')
  const find = (text: string) =>
    [text, text[0]!.toLowerCase() + text.slice(1)]
      .flatMap(form => [form, form.replace(/s$/, ''), form.replace(/es$/, '')])
      .map(form => byName.get(form))
      .find(word => word !== undefined)
  const seen = new Set<Word>()
  return text => {
    const pieces: Piece[] = []
    let at = 0
    for (const match of text.matchAll(pattern)) {
      const word = find(match[0])
      if (!word || seen.has(word)) continue
      seen.add(word)
      pieces.push(text.slice(at, match.index), { word, text: match[0] })
      at = match.index + match[0].length
    }
    return [...pieces, text.slice(at)]
  }
}

function alternative(name: string): string {
  const [first = '', rest = ''] = [name[0], name.slice(1)]
  const escaped = rest.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const plural = /^[A-Z-]+$/.test(name) ? '' : /s$/.test(name) ? '(?:es)?' : '(?:s|es)?'
  return `${/[a-z]/.test(first) ? `[${first}${first.toUpperCase()}]` : first}${escaped}${plural}`
}

function markChildren(children: Token[], marker: Marker): Token[] {
  let within = 0
  return children.flatMap(child => {
    if (child.type.startsWith('link_')) within += child.nesting
    if (child.type === 'html_inline') within += htmlNesting(child.content)
    if (child.type !== 'text' || within > 0) return [child]
    return marker(child.content).flatMap(piece => {
      if (typeof piece === 'string') return piece === '' ? [] : [copy(child, 'text', piece)]
      const { word, text } = piece
      const open = `<Term id="${word.id}" definition="${escapeHtml(word.definition)}">`
      return [
        copy(child, 'html_inline', open),
        copy(child, 'text', text),
        copy(child, 'html_inline', '</Term>'),
      ]
    })
  })
}

/** Whatever stands between two tags that an author wrote is left as it is. */
function htmlNesting(tag: string): number {
  if (/^<\//.test(tag)) return -1
  return /^<[a-z][^>]*[^/]>$|^<[a-z]>$/i.test(tag) && !/^<(?:br|wbr|img|hr)\b/i.test(tag) ? 1 : 0
}

function copy(token: Token, type: string, content: string): Token {
  return Object.assign(Object.create(Object.getPrototypeOf(token)), token, { type, content, attrs: null })
}
