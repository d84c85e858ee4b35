import MarkdownIt, { type Token } from 'markdown-it'
import type StateBlock from 'markdown-it/lib/rules_block/state_block.mjs'
import { frontmatterOf, unix } from './frontmatter.ts'
import { reportMarkup } from './markup.ts'
import { quote, type Report } from './placeholder.ts'
import { type QuestionBlock, readQuestion } from './question.ts'
import { reportStrays } from './strays.ts'
import type { Lang } from './transcript.ts'

/** What of a Markdown page concerns a lesson. Lines are 1-based and count the frontmatter. */
export interface Page {
  /** The first heading's text; '' if there is none. */
  title: string
  fences: Fence[]
  /** `<<<` lines that the site shows. */
  snippets: { line: number; text: string }[]
  /** `::: NAME REST`. */
  containers: Container[]
  questions: QuestionBlock[]
}

export interface Container {
  line: number
  /** Of its last line. */
  endLine: number
  name: string
  rest: string
  /** Nothing stands in it. */
  empty: boolean
  /** Those around it, the outermost first, as written behind their colons. */
  within: string[]
}

export interface Fence {
  line: number
  info: string
  body: string
}

/** What is longer has been generated, or is no page. Characters. */
const LARGEST = 512 * 1024
const LONGEST_LINE = 10_000
/** Each looks for its proof in all that follows. */
const MOST_QUESTIONS = 50

/** Reads a page as the site does: the same Markdown parser, containers and snippet lines included. */
export function readPage(text: string, report: Report): Page {
  const large = tooLarge(text)
  if (large) {
    report({ ...large, unshowable: true })
    return { title: '', fences: [], snippets: [], containers: [], questions: [] }
  }
  const tokens = readTokens(text, report)
  reportStrays(tokens, unix(text).split('\n'), report)
  reportMarkup(tokens, mistake => report({ ...mistake, unshowable: true }))
  const page: Page = {
    title: '',
    fences: [],
    snippets: [],
    containers: [],
    questions: readQuestions(tokens, report),
  }
  const within: string[] = []
  const heading = tokens.findIndex(token => token.type === 'heading_open')
  if (heading >= 0) page.title = plainText(tokens[heading + 1]!)
  for (const [index, token] of tokens.entries()) {
    const line = (token.map?.[0] ?? 0) + 1
    if (token.type === 'fence') {
      if (!isClosed(token)) {
        const todo = `add a line ${quote(token.markup)} where it ends, as far indented as the first`
        report({ line, what: 'a fence that is never closed', todo })
      }
      page.fences.push({ line, info: token.info.trim(), body: token.content })
    }
    if (token.type === 'container_open') {
      const [name = '', ...rest] = token.info.split(/\s+/)
      const endLine = token.map?.[1] ?? line
      const empty = tokens[index + 1]!.type === 'container_close'
      page.containers.push({ line, endLine, name, rest: rest.join(' '), empty, within: [...within] })
      within.push(token.info)
    }
    if (token.type === 'container_close') within.pop()
    if (token.type === 'snippet') page.snippets.push({ line, text: token.content })
    if (token.type === 'inline') findLostSnippets(token, line, report)
    if (token.type === 'html_block' && /^<!--\s*@include:/.test(token.content.trimStart())) {
      const todo = 'write its text into the page'
      report({ line, what: 'an included file, whose transcripts nothing would test', todo })
    }
  }
  return page
}

/** A page's Markdown as the site reads it; the lines of its tokens count the frontmatter. */
export function readTokens(text: string, report: Report): Token[] {
  return markdown.parse(withoutFrontmatter(unix(text), report), {})
}

const markdown = new MarkdownIt({ html: true })
markdown.block.ruler.before('fence', 'snippet', snippetRule)
markdown.block.ruler.before('fence', 'container', containerRule, {
  alt: ['paragraph', 'reference', 'blockquote', 'list'],
})
markdown.block.ruler.before('html_block', 'component', componentRule, {
  alt: ['paragraph', 'reference', 'blockquote'],
})

function tooLarge(text: string): Parameters<Report>[0] | undefined {
  if (text.length > LARGEST) {
    const what = `a page of ${Math.ceil(text.length / 1024)} KiB, where ${LARGEST / 1024} are the most`
    return { line: 1, what, todo: 'make several pages of it' }
  }
  const long = unix(text)
    .split('\n')
    .findIndex(line => line.length > LONGEST_LINE)
  if (long < 0) return undefined
  return { line: long + 1, what: `a line of more than ${LONGEST_LINE} characters`, todo: 'break it up' }
}

/** Empty lines in place of the frontmatter: line numbers stay, and nothing of it is read as Markdown. */
function withoutFrontmatter(text: string, report: Report): string {
  const { length } = frontmatterOf(text)
  if (length === 0 && /^---[ \t]*\n/.test(text)) {
    report({ line: 1, what: 'frontmatter that is never closed', todo: 'add a line `---` where it ends' })
    return ''
  }
  return text.slice(0, length).replace(/[^\n]+/g, '') + text.slice(length)
}

/** VitePress's `<<<` line. It ends no paragraph: directly below text it is text. */
function snippetRule(state: StateBlock, line: number, _end: number, silent: boolean): boolean {
  const text = lineText(state, line)
  if (state.sCount[line]! - state.blkIndent >= 4 || !text.startsWith('<<<')) return false
  if (silent) return true
  state.line = line + 1
  const token = state.push('snippet', '', 0)
  token.content = text.slice(3).trim()
  token.map = [line, line + 1]
  return true
}

/** `::: name` up to the next line of as many colons, which closes it even within a fence. */
function containerRule(state: StateBlock, line: number, end: number, silent: boolean): boolean {
  const [, colons, blank, info = ''] = /^(:{3,})([ \t]*)([\w-].*)/.exec(lineText(state, line)) ?? []
  if (colons === undefined) return false
  if (silent) return true
  const indent = state.sCount[line]!
  let close = line + 1
  let closed = false
  for (; close < end && !closed; close++) {
    const text = lineText(state, close)
    if (text !== '' && state.sCount[close]! < indent) break
    closed = state.sCount[close] === indent && text.startsWith(colons) && /^:+[ \t]*$/.test(text)
  }
  const outer = { lineMax: state.lineMax, blkIndent: state.blkIndent }
  const inner = closed ? close - 1 : close
  const open = state.push('container_open', '', 1)
  open.info = info.trim()
  open.markup = colons
  open.meta = { closed, spaced: blank !== '' }
  open.map = [line, close]
  Object.assign(state, { lineMax: inner, blkIndent: indent })
  state.md.block.tokenize(state, line + 1, inner)
  Object.assign(state, outer)
  state.push('container_close', '', -1)
  state.line = close
  return true
}

/**
 * A Vue component's tag begins HTML up to an empty line, even directly below text; one that is closed on its line
 * is that line only.
 */
function componentRule(state: StateBlock, line: number, end: number, silent: boolean): boolean {
  const text = lineText(state, line)
  if (state.sCount[line]! - state.blkIndent >= 4) return false
  if (!/^<\/?(?:[A-Z]|[a-z]\w*-)[\w-]*(?=[\s/>]|$)/.test(text)) return false
  if (silent) return true
  const alone = /^<[^<>]*\/>/.test(text) || /^<([\w-]+)(?:\s[^<>]*)?>.*<\/\1\s*>/.test(text)
  let next = line + 1
  while (!alone && next < end && state.sCount[next]! >= state.blkIndent && !state.isEmpty(next)) next++
  const token = state.push('component', '', 0)
  token.content = state.getLines(line, next, 0, true)
  token.map = [line, next]
  state.line = next
  return true
}

function lineText(state: StateBlock, line: number): string {
  return state.src.slice(state.bMarks[line]! + state.tShift[line]!, state.eMarks[line])
}

function readQuestions(tokens: Token[], report: Report): QuestionBlock[] {
  const within: string[] = []
  let count = 0
  return tokens.flatMap((token, index) => {
    if (token.type === 'container_open') within.push(token.info)
    if (token.type === 'container_close') within.pop()
    if (token.type !== 'container_open' || !/^predict(?:\s|$)/.test(token.info)) return []
    count++
    if (count === MOST_QUESTIONS + 1) {
      const todo = 'make several pages of it'
      report({ line: (token.map?.[0] ?? 0) + 1, what: `more than ${MOST_QUESTIONS} questions`, todo })
    }
    if (count > MOST_QUESTIONS) return []
    const lang = within.map(info => /^lang\s+(ts|py)$/.exec(info)?.[1]).find(Boolean)
    return [readQuestion(tokens, index, lang as Lang | undefined)]
  })
}

/** A closed fence is two lines longer than its text. */
function isClosed({ map, content }: Token): boolean {
  const lines = content.split('\n').length - (content.endsWith('\n') || content === '' ? 1 : 0)
  return map !== null && map[1] - map[0] === lines + 2
}

function findLostSnippets(token: Token, line: number, report: Report): void {
  for (const [index, text] of token.content.split('\n').entries()) {
    if (!text.startsWith('<<<')) continue
    const todo = 'put an empty line above it, or the site shows it as text'
    report({ line: line + index, what: 'a snippet line inside a paragraph', todo })
  }
}

/** Without markup, and without the attributes that `{#id}` gives a heading. */
function plainText({ children }: Token): string {
  const text = (children ?? []).map(({ type, content }) => (type === 'html_inline' ? '' : content)).join('')
  return text.replace(/(?<!\s)\s*\{[^{}]*\}\s*$/, '').trim()
}
