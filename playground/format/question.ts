import { createHash } from 'node:crypto'
import type { Token } from 'markdown-it'
import { isTranscript, type Lang } from './transcript.ts'

/** A `::: predict` container: a question, and the answers that a reader may choose from. */
export interface Question {
  /** Digest of its text, 8 hex digits; `-2`, `-3` … where equal ones stand above it. */
  id: string
  /** Line of its first colons, 1-based. */
  line: number
  /** It stands within `::: lang ts` or `::: lang py`. */
  lang?: Lang
  /** Plain text in which backticks mark code. */
  text: string
  choices: Choice[]
  /** Id of the choice that the run shows. */
  right: string
  /** Ids of the transcripts that show it, of both languages. */
  proof: string[]
  /** The live picture would answer it, and is covered until it has been. */
  coversPicture: boolean
}

export interface Choice {
  /** Digest of its text: reordering the choices keeps a reader's pick. */
  id: string
  /** As the question's. */
  text: string
  /** Why it is so, or not: the quotation below the choice, as the question's text. Undefined: the author wrote none. */
  why?: string
}

/** A question as it stands on its page. */
export interface QuestionBlock
  extends Pick<Question, 'id' | 'line' | 'lang' | 'text' | 'choices' | 'coversPicture'> {
  /** Of its last choice, or of its first line. */
  endLine: number
  /** Ids of the choices that are marked as right; lines of all marks. */
  marked: string[]
  marks: number[]
  /** Lines of the transcripts that show what is right. */
  proofLines: number[]
}

/** Behind a choice: GitHub does not show it, nor does the page. */
const MARK = /(?<![ \t])[ \t]*<!--[ \t]*right[ \t]*-->[ \t]*$/gm
/** Behind `::: predict`. */
export const COVERED = 'picture=covered'
const LANGS: Lang[] = ['ts', 'py']

/**
 * Reads the question whose container is opened by `tokens[open]`. Its id does not tell equal questions of a page
 * apart. Tokens of the site's own Markdown parser will do, too.
 */
export function readQuestion(tokens: Token[], open: number, lang?: Lang): QuestionBlock {
  const first = lineOf(tokens[open]!)
  const end = closeOf(tokens, open)
  const texts: string[] = []
  const choices: (Choice & { texts: string[]; whys: string[] })[] = []
  const marked: string[] = []
  const marks: number[] = []
  let endLine = first
  let source = ''
  let choice: (typeof choices)[number] | undefined
  let isMarked = false
  let isWhy = false
  for (const token of tokens.slice(open + 1, end)) {
    if (isChoice(token, tokens[open]!)) {
      if (token.nesting === 1) {
        choice = { id: '', text: '', texts: [], whys: [] }
        isMarked = false
        endLine = lineOf(token)
      } else if (choice) {
        choice.text = choice.texts.join(' ')
        if (choice.whys.length > 0) choice.why = choice.whys.join(' ')
        if (isMarked) marked.push(choice.id)
        choices.push(choice)
        choice = undefined
      }
    }
    if (isReason(token, tokens[open]!)) isWhy = token.nesting === 1
    if (token.type !== 'inline') continue
    // It is no part of what is asked: an answer that a reader has given stays when one is written.
    if (isWhy && choice) {
      choice.whys.push(plainText(token))
      continue
    }
    const content = token.content.replace(MARK, '')
    source += `${content}\n`
    if (choice) choice.id += digest(content)
    ;(choice?.texts ?? texts).push(plainText(token))
    if (content === token.content) continue
    marks.push(lineOf(token))
    if (choice) isMarked = true
  }
  return {
    id: digest(source),
    line: first,
    ...(lang && { lang }),
    text: texts.join(' '),
    coversPicture: optionsOf(tokens[open]!.info).includes(COVERED),
    choices: choices.map(({ id, text, why }) => ({ id, text, ...(why !== undefined && { why }) })),
    endLine,
    marked,
    marks,
    proofLines: proofLines(tokens, end, lang ? [lang] : LANGS),
  }
}

/** What is written behind `::: predict`. */
export function optionsOf(info: string): string[] {
  return info.trim().split(/\s+/).slice(1)
}

/** Whether the token opens or closes one of the choices: an item of the container's outermost list. */
export function isChoice({ type, level }: Token, container: Token): boolean {
  return level === container.level + 2 && /^list_item_(open|close)$/.test(type)
}

/** Whether the token opens or closes the reason of a choice: a quotation in its item. */
export function isReason({ type, level }: Token, container: Token): boolean {
  return level === container.level + 3 && /^blockquote_(open|close)$/.test(type)
}

/** Takes the mark off what the page shows. */
export function unmark({ children }: Token): void {
  for (const [index, child] of (children ?? []).entries()) {
    if (child.type !== 'html_inline' || !/^<!--[ \t]*right[ \t]*-->$/.test(child.content)) continue
    child.content = ''
    const before = children?.[index - 1]
    if (before?.type === 'text') before.content = before.content.trimEnd()
  }
}

/** Index of the token that closes what `tokens[open]` opens. */
export function closeOf(tokens: Token[], open: number): number {
  const { level } = tokens[open]!
  let end = open + 1
  while (end < tokens.length && !(tokens[end]!.nesting === -1 && tokens[end]!.level === level)) end++
  return end
}

/** Of the first transcripts below, those with nothing to read in between, as each reader sees them. */
function proofLines(tokens: Token[], from: number, langs: Lang[]): number[] {
  const lines = langs.flatMap(lang => {
    const found: number[] = []
    for (let index = from + 1; index < tokens.length; index++) {
      const token = tokens[index]!
      const isConsole = token.type === 'fence' && isTranscript(token.info)
      if (isContainer(token) && (isHiddenFrom(lang, token) || nameOf(token) === 'check')) {
        index = closeOf(tokens, index)
      } else if (isConsole) {
        if ((/\slang=(ts|py)(?:\s|$)/.exec(token.info)?.[1] ?? lang) === lang) found.push(lineOf(token))
      } else if (found.length > 0 && isRead(token)) break
    }
    return found
  })
  return [...new Set(lines)].sort((a, b) => a - b)
}

function isContainer({ type, nesting }: Token): boolean {
  return nesting === 1 && type.startsWith('container_')
}

function nameOf({ info }: Token): string {
  return info.trim().split(/\s+/)[0] ?? ''
}

function isHiddenFrom(lang: Lang, { info }: Token): boolean {
  const only = /^lang\s+(ts|py)$/.exec(info.trim())?.[1]
  return only !== undefined && only !== lang
}

/** Whether a reader stops at it; a component on a line of its own, such as a picture, is looked at. */
function isRead(token: Token): boolean {
  if (token.nesting === -1 || ['html_block', 'component'].includes(token.type)) return false
  return !(isContainer(token) && nameOf(token) === 'lang')
}

/** What is written there, without the mark, links and emphasis. */
export function plainText({ children }: Token): string {
  const text = (children ?? []).map(({ type, content }) => {
    if (type === 'code_inline') return `\`${content}\``
    if (type === 'html_inline') return ''
    return type === 'softbreak' || type === 'hardbreak' ? ' ' : content
  })
  return text.join('').trim()
}

function lineOf({ map }: Token): number {
  return (map?.[0] ?? 0) + 1
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}
