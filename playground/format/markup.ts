/** HTML on a page, as Vue will read it: what it refuses takes the whole page away. */
import type { Token } from 'markdown-it'
import { quote, type Report } from './placeholder.ts'

interface Open {
  /** '' for what Markdown has opened. */
  tag: string
  line: number
  /** Vue leaves its text as it is, or that of what is around it. */
  plain: boolean
}

/** What a page may use without importing it: ours, VitePress's and Vue's. */
export const COMPONENTS =
  'Transcript Check Coach Challenge ChallengePart Predict PredictChoice Explanation Outcome Term Machine Playground Badge ClientOnly Content Transition TransitionGroup KeepAlive Teleport Suspense'.split(
    ' ',
  )

/** More of a kind say nothing more. */
const MOST = 20

interface Tag {
  name: string
  kind: 'open' | 'close' | 'alone'
  plain: boolean
  line: number
}

/** They have no end tag. */
const VOID = /^(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)$/i

/** @param report what is told makes the page unshowable */
export function reportMarkup(tokens: Token[], report: Report): void {
  let told = 0
  const enough = new Error()
  const tell: Report = mistake => {
    report(mistake)
    if (++told === MOST) throw enough
  }
  try {
    walk(tokens, tell)
  } catch (error) {
    if (error !== enough) throw error
  }
}

function walk(tokens: Token[], report: Report): void {
  const open: Open[] = []
  const known = new Set([...COMPONENTS, ...importsIn(tokens)])
  let line = 1
  for (const token of tokens) {
    if (token.map) line = token.map[0] + 1
    if (token.nesting === 1) push(open, { tag: '', line, plain: /^v-pre\b/.test(token.info) })
    if (token.nesting === -1) closeMarkdown(open, report)
    if (token.type === 'html_block') readHtml(token.content, line, open, known, report)
    if (token.type === 'component')
      for (const tag of scanHtml(token.content, line, () => {}).tags) unknown(tag, known, report)
    if (token.type === 'inline') readInline(token, line, open, known, report)
  }
  unclosed(open, report)
}

function readInline(
  { children }: Token,
  first: number,
  open: Open[],
  known: ReadonlySet<string>,
  report: Report,
): void {
  let line = first
  push(open, { tag: '', line, plain: false })
  for (const { type, content } of children ?? []) {
    if (type === 'text') findBraces(content, line, open, report)
    if (type === 'html_inline') readHtml(content, line, open, known, report)
    if (type === 'softbreak' || type === 'hardbreak') line++
    else line += content.split('\n').length - 1
  }
  closeMarkdown(open, report)
}

function readHtml(
  html: string,
  first: number,
  open: Open[],
  known: ReadonlySet<string>,
  report: Report,
): void {
  const { tags, texts } = scanHtml(html, first, report)
  // A text stands behind as many tags as its number says.
  let next = 0
  for (const [index, tag] of tags.entries()) {
    for (; texts[next] && texts[next]!.after <= index; next++)
      findBraces(texts[next]!.text, texts[next]!.line, open, report)
    if (tag.kind === 'alone') unknown(tag, known, report)
    if (tag.kind === 'open') push(open, { tag: tag.name, line: tag.line, plain: tag.plain })
    if (tag.kind === 'close') closeTag(tag, open, report)
  }
  for (; texts[next]; next++) findBraces(texts[next]!.text, texts[next]!.line, open, report)
}

/** Vue shows nothing where it does not know a component. One that is never closed is told as that. */
function unknown({ name, kind, line }: Tag, known: ReadonlySet<string>, report: Report): void {
  if (kind === 'close' || !/^[A-Z]|-/.test(name) || known.has(name)) return
  const todo = `write it in backticks, or \`\\<${name}/>\`; one of your own is imported in <script setup>`
  report({ line, what: `there is no component \`<${name}/>\``, todo })
}

function importsIn(tokens: Token[]): string[] {
  const scripts = tokens.filter(({ type, content }) => type === 'html_block' && /^\s*<script\b/.test(content))
  const imports = scripts.flatMap(({ content }) => [
    ...content.matchAll(/\bimport\s+([\w{},\s]+?)\s+from\b/g),
  ])
  return imports.flatMap(([, names = '']) => names.match(/\w+/g) ?? [])
}

function push(open: Open[], item: Open): void {
  open.push({ ...item, plain: item.plain || open.at(-1)?.plain === true })
}

function closeTag({ name, line }: Tag, open: Open[], report: Report): void {
  const at = open.findLastIndex(({ tag }) => tag === name || tag === '')
  if (at < 0 || open[at]!.tag === '') {
    const todo = `write it in backticks, or \`\\</${name}>\``
    report({ line, what: `\`</${name}>\` closes nothing that is open here`, todo })
    return
  }
  unclosed(open.splice(at).slice(1), report)
}

/** What was opened within a paragraph, an item or a cell must be closed there. */
function closeMarkdown(open: Open[], report: Report): void {
  const at = open.findLastIndex(({ tag }) => tag === '')
  unclosed(open.splice(Math.max(at, 0)).slice(at < 0 ? 0 : 1), report)
}

function unclosed(open: Open[], report: Report): void {
  for (const { tag, line } of open) {
    if (tag === '') continue
    const todo = `write it in backticks, or \`\\<${tag}>\`; if it is HTML, write \`</${tag}>\` where it ends`
    report({ line, what: `the tag \`<${tag}>\` is never closed`, todo })
  }
}

function findBraces(text: string, line: number, open: Open[], report: Report): void {
  const at = text.indexOf('{{')
  if (at < 0 || open.at(-1)?.plain) return
  const end = text.indexOf('}}', at)
  const what = quote(end < 0 ? '{{' : text.slice(at, end + 2))
  const todo = 'write it in backticks'
  report({
    line: line + linesIn(text, 0, at),
    what: `${what} is code for the page, which would run it`,
    todo,
  })
}

/** Its tags and the texts between them, in one pass. What is no tag is text, as it is for a browser. */
function scanHtml(
  html: string,
  first: number,
  report: Report,
): { tags: Tag[]; texts: { text: string; line: number; after: number }[] } {
  const tags: Tag[] = []
  const texts: { text: string; line: number; after: number }[] = []
  let line = first
  for (let at = 0; at < html.length; ) {
    const from = html.indexOf('<', at)
    const text = html.slice(at, from < 0 ? html.length : from)
    if (text !== '') texts.push({ text, line, after: tags.length })
    line += linesIn(text, 0, text.length)
    if (from < 0) break
    const to = endOfTag(html, from)
    if (to === undefined) {
      const [piece = ''] = html.slice(from, from + 40).split('\n', 1)
      report({ line, what: `${quote(piece)} begins a tag that does not end`, todo: 'write it in backticks' })
      break
    }
    const tag = readTag(html.slice(from, to), line)
    if (tag) tags.push(tag)
    const end =
      tag?.kind === 'open' && /^(?:script|style)$/i.test(tag.name) ? html.indexOf(`</${tag.name}`, to) : to
    line += linesIn(html, from, end < 0 ? html.length : end)
    at = end < 0 ? html.length : end
  }
  return { tags, texts }
}

/** @returns where it goes on behind what begins with this `<`; undefined for a tag without end */
function endOfTag(html: string, from: number): number | undefined {
  if (html.startsWith('<!--', from)) {
    const end = html.indexOf('-->', from + 4)
    return end < 0 ? undefined : end + 3
  }
  if (!/[a-z/!?]/i.test(html[from + 1] ?? '')) return from + 1
  let quoted = ''
  for (let at = from + 1; at < html.length; at++) {
    const char = html[at]!
    if (quoted !== '') quoted = char === quoted ? '' : quoted
    else if (char === '"' || char === "'") quoted = char
    else if (char === '>') return at + 1
  }
  return undefined
}

function readTag(source: string, line: number): Tag | undefined {
  const [, slash, name] = /^<(\/?)([a-z][^\s/>]*)/i.exec(source) ?? []
  if (name === undefined) return undefined
  const alone = source.endsWith('/>') || VOID.test(name)
  return { name, kind: slash ? 'close' : alone ? 'alone' : 'open', plain: /\sv-pre\b/.test(source), line }
}

function linesIn(text: string, from: number, to: number): number {
  let count = 0
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) count++
  return count
}
