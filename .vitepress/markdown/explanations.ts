import type Token from 'markdown-it/lib/token.mjs'
import type { MarkdownRenderer } from 'vitepress'
import { isTranscript } from '../../playground/format/transcript.ts'
import type { LessonEnv } from './lesson-markdown.ts'
import { escapeHtml } from './mistake-box.ts'
import { transcriptOf } from './transcripts.ts'

/** What is a step of its own. A component on a line by itself is `html_inline`. */
const STEPS = [
  'heading_open',
  'html_block',
  'html_inline',
  'container_predict_open',
  'container_check_open',
  'container_often-said_open',
]

/**
 * Prose below a transcript that answers a question says what the answer is: it becomes an `<Explanation>`, which keeps
 * it back as long as the output. It ends at the next step; a paragraph that leads to a transcript, with a colon at its
 * end, belongs to that.
 */
export function installExplanations(md: MarkdownRenderer): void {
  md.core.ruler.push('explanations', state => {
    const env = state.env as LessonEnv
    const proof = new Set(env.lesson?.questions.flatMap(question => question.proof))
    if (proof.size === 0) return
    /** Ids of the transcripts directly above, of both languages. */
    let above: string[] = []
    let prose: Token[][] = []
    const tokens: Token[] = []

    function endExplanation(next?: Token[]): void {
      const lead = next && hasTranscript(next) && isLead(prose.at(-1)) ? prose.pop()! : []
      if (prose.length > 0) {
        const open = new state.Token('explanation_open', '', 1)
        open.meta = { of: above }
        tokens.push(open, ...prose.flat(), new state.Token('explanation_close', '', -1))
      }
      tokens.push(...lead)
      // Anything between two transcripts parts them.
      if (prose.length > 0 || lead.length > 0) above = []
      prose = []
    }

    for (const block of blocksOf(state.tokens)) {
      if (above.length > 0 && !isStep(block)) {
        prose.push(block)
        continue
      }
      endExplanation(block)
      const id = transcriptOf(block[0]!, env)?.id
      if (id !== undefined && proof.has(id)) above.push(id)
      else above = []
      tokens.push(...block)
    }
    endExplanation()
    state.tokens = tokens
  })

  const { rules } = md.renderer
  rules.explanation_open = (tokens, index) =>
    `<Explanation :of="${escapeHtml(JSON.stringify(tokens[index]!.meta.of))}">\n`
  rules.explanation_close = () => '</Explanation>\n'
}

function blocksOf(tokens: Token[]): Token[][] {
  const blocks: Token[][] = []
  let depth = 0
  for (const token of tokens) {
    if (depth === 0) blocks.push([])
    depth += token.nesting
    blocks.at(-1)!.push(token)
  }
  return blocks
}

function isStep(block: Token[]): boolean {
  return hasTranscript(block) || block.some(({ type }) => STEPS.includes(type))
}

function hasTranscript(block: Token[]): boolean {
  return block.some(({ type, info }) => type === 'fence' && isTranscript(info))
}

function isLead(block?: Token[]): boolean {
  return block?.[0]?.type === 'paragraph_open' && block[1]!.content.endsWith(':')
}
