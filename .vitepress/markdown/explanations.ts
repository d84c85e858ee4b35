import type Token from 'markdown-it/lib/token.mjs'
import type { MarkdownRenderer } from 'vitepress'
import type { Question } from '../../playground/format/question.ts'
import { isTranscript } from '../../playground/format/transcript.ts'
import type { LessonEnv } from './lesson-env.ts'
import { escapeHtml } from './mistake-box.ts'
import { outcomeTokens, type PreparedQuestion } from './questions.ts'
import { transcriptOf } from './transcripts.ts'

/** What stands below a question up to the next heading, of each language. */
interface Cover {
  /** The questions whose answer it says: ids, and `:ts` or `:py` behind one that not all readers are asked. */
  of: string[]
  prose: Token[][]
}

/**
 * Below the transcripts that answer a question, all prose up to the next heading may say what the answer is: it becomes
 * an `<Explanation>`, which is shown when they have run, and begins with the question's `<Outcome>`. What transcripts
 * print there is told whose answer it would give. A paragraph that leads to a transcript, with a colon at its end,
 * stays in sight, and so do pictures.
 */
export function installExplanations(md: MarkdownRenderer): void {
  md.core.ruler.push('explanations', state => {
    const env = state.env as LessonEnv
    const questions = env.lesson?.questions ?? []
    if (questions.length === 0) return
    const prepared = new Map<string, PreparedQuestion>()
    const tokens: Token[] = []
    let cover: Cover = { of: [], prose: [] }

    function endExplanation(next?: Token[]): void {
      const { of, prose } = cover
      const lead = next && hasTranscript(next) && isLead(prose.at(-1)) ? prose.pop()! : []
      if (prose.length > 0) {
        const open = Object.assign(new state.Token('explanation_open', '', 1), { meta: { of } })
        tokens.push(open, ...prose.flat(), new state.Token('explanation_close', '', -1))
      }
      tokens.push(...lead)
      cover = { of, prose: [] }
    }

    for (const block of blocksOf(state.tokens)) {
      const ids = transcriptsIn(block, env)
      for (const { type, meta } of block)
        if (type === 'container_predict_open') prepared.set(meta.question.id, meta)
      if (block[0]!.type === 'heading_open') {
        endExplanation()
        cover = { of: [], prose: [] }
      }
      if (cover.of.length > 0 && ids.length === 0 && !isHtml(block)) {
        cover.prose.push(block)
        continue
      }
      endExplanation(block)
      markTranscripts(block, cover.of, env)
      tokens.push(...block)
      for (const question of questions) {
        if (!ids.includes(question.proof.at(-1)!)) continue
        cover.of = [...cover.of, named(question)]
        cover.prose.push(outcomeTokens(prepared.get(question.id)!, state.Token))
      }
    }
    endExplanation()
    state.tokens = tokens
  })

  const { rules } = md.renderer
  rules.explanation_open = (tokens, index) =>
    `<Explanation :of="${escapeHtml(JSON.stringify(tokens[index]!.meta.of))}">\n`
  rules.explanation_close = () => '</Explanation>\n'
}

/** Tells each transcript whose answer its output gives: of those that it proves, and of those above it. */
function markTranscripts(block: Token[], above: string[], env: LessonEnv): void {
  for (const token of block) {
    const id = transcriptOf(token, env)?.id
    if (id === undefined) continue
    const proved = env.lesson!.questions.filter(({ proof }) => proof.includes(id)).map(named)
    token.meta = { behind: [...new Set([...above, ...proved])] }
  }
}

function named({ id, lang }: Question): string {
  return lang ? `${id}:${lang}` : id
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

function transcriptsIn(block: Token[], env: LessonEnv): string[] {
  return block.flatMap(token => transcriptOf(token, env)?.id ?? [])
}

function hasTranscript(block: Token[]): boolean {
  return block.some(({ type, info }) => type === 'fence' && isTranscript(info))
}

/** It may open what ends further down, and a component on a line of its own is a picture. */
function isHtml(block: Token[]): boolean {
  return block.some(({ type }) => type === 'html_block' || type === 'html_inline')
}

function isLead(block?: Token[]): boolean {
  return block?.[0]?.type === 'paragraph_open' && block[1]!.content.endsWith(':')
}
