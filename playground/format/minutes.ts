/** How long a page takes a reader who reads it and runs it. */
import type { Token } from 'markdown-it'
import { type Lesson, type Snippet, transcriptsFor } from './lesson.ts'
import { readTokens } from './page.ts'

const WORDS_A_MINUTE = 180
/** Seconds to run a command and look at what it prints. */
const A_COMMAND = 6
/** Seconds for a line of code, or of a picture. */
const A_LINE = 4
/** Seconds to read a question with its answers, and to choose. */
const A_PREDICTION = 20

/**
 * Whole minutes, at least 1, for a reader of the lesson's first language who leaves its boxes folded.
 *
 * @param text of the page that `lesson` was parsed from
 * @param snippetText what the page shows of the snippet's file
 */
export function minutesOf(text: string, lesson: Lesson, snippetText: (snippet: Snippet) => string): number {
  const visible = new Map(transcriptsFor(lesson).map(transcript => [transcript.line, transcript]))
  const snippets = new Map(lesson.snippets.map(snippet => [snippet.line, snippet]))
  const isTranscript = new Set(lesson.transcripts.map(({ line }) => line))
  let words = 0
  let seconds = 0
  const tokens = readTokens(text, () => {})
  for (const token of unfolded(tokens, lesson.languages[0])) {
    const line = (token.map?.[0] ?? 0) + 1
    const snippet = token.type === 'snippet' && snippets.get(line)
    if (token.type === 'container_open') seconds += A_PREDICTION
    else if (token.type === 'inline') words += countWords(token)
    else if (snippet) seconds += countLines(snippetText(snippet)) * A_LINE
    else if (token.type !== 'fence') continue
    else if (!isTranscript.has(line)) seconds += countLines(token.content) * A_LINE
    else seconds += (visible.get(line)?.commands.length ?? 0) * A_COMMAND
  }
  return Math.max(1, Math.round(words / WORDS_A_MINUTE + seconds / 60))
}

/** Without folded boxes, and without what only readers of another language see; of a question its first token alone. */
function* unfolded(tokens: Token[], lang: string | undefined): Generator<Token> {
  /** Level of the container that is passed over. */
  let hidden: number | undefined
  let folded = 0
  for (const token of tokens) {
    if (hidden !== undefined) {
      if (token.type === 'container_close' && token.level === hidden) hidden = undefined
      continue
    }
    const [name = '', only] = token.type === 'container_open' ? token.info.split(/\s+/) : []
    if (token.type === 'html_block')
      folded += count(token.content, '<details') - count(token.content, '</details')
    if (['predict', 'challenge', 'speaker'].includes(name) || (name === 'lang' && only !== lang))
      hidden = token.level
    if (folded === 0 && (token.type !== 'container_open' || name === 'predict')) yield token
  }
}

function countWords({ children }: Token): number {
  const text = (children ?? []).map(({ type, content }) => {
    if (type === 'html_inline' || type === 'image') return ''
    return type === 'softbreak' || type === 'hardbreak' ? ' ' : content
  })
  const pieces = text.join('').split(/\s+/)
  return pieces.filter(piece => /[\p{L}\p{N}]/u.test(piece)).length
}

function countLines(text: string): number {
  return text.split('\n').filter(line => line.trim() !== '').length
}

function count(text: string, part: string): number {
  return text.split(part).length - 1
}
