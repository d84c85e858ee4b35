import type Token from 'markdown-it/lib/token.mjs'
import type { MarkdownRenderer } from 'vitepress'
import { isChoice, type Question, readQuestion, unmark } from '../../playground/format/question.ts'
import { seal } from '../../playground/format/seal.ts'
import type { LessonEnv } from './lesson-markdown.ts'
import { escapeHtml, mistakeBox, takeMistakes } from './mistake-box.ts'

/**
 * `::: lang ts`, `::: lang py`, `::: check NAME`, `::: predict` and `::: often-said`. VitePress parses them, being told their
 * names in `container.customContainers`; here is what they become.
 */
export function installContainers(md: MarkdownRenderer): void {
  const { rules } = md.renderer
  rules.container_lang_open = (tokens, index) => {
    const lang = tokens[index]!.info.trim().split(/\s+/)[1]
    // Another one is a mistake, which the page shows.
    return lang === 'ts' || lang === 'py' ? `<div class="lang-${lang}">\n` : '<div>\n'
  }
  rules.container_lang_close = () => '</div>\n'

  rules.container_check_open = (tokens, index, _options, env: LessonEnv) => {
    const { info, map } = tokens[index]!
    const line = (map?.[0] ?? 0) + env.lineOffset + 1
    const name = info.trim().split(/\s+/).slice(1).join(' ')
    return `${mistakeBox(takeMistakes(env.mistakes, line, line))}<Check name="${escapeHtml(name)}">\n`
  }
  rules.container_check_close = () => '</Check>\n'

  // Its text begins with its own title, for readers on GitHub.
  rules['container_often-said_open'] = () => '<div class="often-said">\n'
  rules['container_often-said_close'] = () => '</div>\n'

  md.core.ruler.push('predict', ({ tokens, env }) => {
    for (const [index, token] of tokens.entries()) {
      if (token.type === 'container_predict_open') token.meta = { question: prepare(tokens, index, env) }
    }
  })
  rules.container_predict_open = (tokens, index, _, env: LessonEnv) => {
    const { map, meta } = tokens[index]!
    const [first, last] = map!.map(line => line + env.lineOffset) as [number, number]
    const { id, right, proof }: Partial<Question> = meta.question
    // On a page with mistakes the question is there, and nothing is known of its answer.
    const answer = right && ` right="${seal(id!, right)}" :proof="${escapeHtml(JSON.stringify(proof))}"`
    return `${mistakeBox(takeMistakes(env.mistakes, first + 1, last))}<Predict id="${id}"${answer ?? ''}>\n`
  }
  rules.container_predict_close = () => '</Predict>\n'
  rules.predict_choices_open = rules.predict_choices_close = () => ''
  rules.predict_choice_open = (tokens, index) => `<PredictChoice value="${tokens[index]!.meta.id}">`
  rules.predict_choice_close = () => '</PredictChoice>\n'
}

/** Makes its list the choices, and takes the mark away from the right one. */
function prepare(tokens: Token[], open: number, env: LessonEnv): Partial<Question> {
  const container = tokens[open]!
  const block = readQuestion(tokens, open)
  let count = 0
  for (const token of tokens.slice(open + 1)) {
    if (token.level === container.level) break
    if (token.type === 'inline') unmark(token)
    if (isChoice(token, container)) {
      if (token.nesting === 1) token.meta = { id: block.choices[count++]!.id }
      token.type = token.type.replace('list_item', 'predict_choice')
    } else if (token.level === container.level + 1 && token.type.startsWith('bullet_list_')) {
      token.type = token.type.replace('bullet_list', 'predict_choices')
    }
  }
  if (env.lesson === undefined) return { id: block.id }
  const line = block.line + env.lineOffset
  const question = env.lesson.questions.find(question => question.line === line)
  // The parser and markdown-it do not agree on where containers are: neither knows whom to believe.
  if (!question)
    throw new Error(`${env.file}:${line}: this question is not seen by the tests; indent it less`)
  return question
}
