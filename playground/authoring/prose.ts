import type { Token } from 'markdown-it'
import { isChoice } from '../format/question.ts'

/** A page's text from one second-level heading to the next; what stands above the first one is a section, too. */
export interface Section {
  /** Of its heading, 1-based. */
  line: number
  /** '' above the first heading. */
  heading: string
  blocks: Block[]
}

/** A paragraph, a list item's text, a table's cell, or text in HTML. */
export interface Block {
  line: number
  /** `right` is the right choice of a question, `choice` any other one; `summary` is the title of a `<details>`. */
  kind: 'prose' | 'check' | 'question' | 'right' | 'choice' | 'summary'
  /** As written, its lines apart, without comments; a "`" stands for each code span. */
  text: string
  /** Where its links lead. */
  links: string[]
  /** Its HTML comments without `<!--` and `-->`. */
  comments: { line: number; text: string }[]
}

/** Splits a page into sections, and these into blocks. Headings and fences are no prose. */
export function readSections(tokens: Token[]): Section[] {
  const sections: Section[] = [{ line: 1, heading: '', blocks: [] }]
  const containers: Token[] = []
  let line = 1
  let isInChoice = false
  for (const [index, token] of tokens.entries()) {
    // The cells of a table have no line of their own; their row has.
    if (token.map) line = token.map[0] + 1
    if (token.type === 'container_open') containers.push(token)
    if (token.type === 'container_close') containers.pop()
    const container = containers.at(-1)
    const name = container?.info.split(/\s/)[0]
    if (container && name === 'predict' && isChoice(token, container)) isInChoice = token.nesting === 1
    const before = tokens[index - 1]
    if (before?.type === 'heading_open') {
      if (before.tag === 'h2') sections.push({ line, heading: token.content, blocks: [] })
      continue
    }
    const { blocks } = sections.at(-1)!
    if (token.type === 'html_block') blocks.push(readHtml(token.content, line))
    // What is for the speaker's eyes claims nothing.
    if (token.type !== 'inline' || containers.some(({ info }) => info === 'speaker')) continue
    const block = readInline(token, line)
    if (isInChoice) block.kind = block.comments.some(({ text }) => text === 'right') ? 'right' : 'choice'
    else if (name === 'predict') block.kind = 'question'
    else if (name === 'check') block.kind = 'check'
    blocks.push(block)
  }
  return sections
}

function readInline({ children }: Token, line: number): Block {
  const block: Block = { line, kind: 'prose', text: '', links: [], comments: [] }
  for (const { type, content, attrs } of children ?? []) {
    if (type === 'code_inline') block.text += '`'
    else if (type === 'softbreak' || type === 'hardbreak') block.text += '\n'
    else if (type === 'html_inline') addHtml(block, content)
    else if (type !== 'image') block.text += content
    const href = type === 'link_open' && attrs?.find(([name]) => name === 'href')?.[1]
    if (href) block.links.push(href)
  }
  return block
}

function readHtml(html: string, line: number): Block {
  const block: Block = {
    line,
    kind: /<summary[\s>]/.test(html) ? 'summary' : 'prose',
    text: '',
    links: [],
    comments: [],
  }
  addHtml(
    block,
    html.replace(/<(script|style|code)\b[\s\S]*?<\/\1>/g, hidden => `\`${newlines(hidden)}`),
  )
  return block
}

function addHtml(block: Block, html: string): void {
  let at = 0
  for (const { 0: source, 1: comment, index } of html.matchAll(/<!--([\s\S]*?)-->|<[^>]*>/g)) {
    block.text += html.slice(at, index)
    if (comment !== undefined) {
      block.comments.push({ line: block.line + newlines(block.text).length, text: comment.trim() })
    }
    const href = /^<a\s[^>]*?\bhref="([^"]*)"/.exec(source)?.[1]
    if (href) block.links.push(href)
    block.text += newlines(source)
    at = index + source.length
  }
  block.text += html.slice(at)
}

function newlines(text: string): string {
  return text.replace(/[^\n]+/g, '')
}
