import type Token from 'markdown-it/lib/token.mjs'
import type { MarkdownRenderer } from 'vitepress'
import { isChoice, isReason, type Question, readQuestion, unmark } from '../../playground/format/question.ts'
import { seal } from '../../playground/format/seal.ts'
import type { LessonEnv } from './lesson-env.ts'
import { escapeHtml, mistakeBox, takeMistakes } from './mistake-box.ts'

/** What a question's opening token carries, once it has been prepared. */
export interface PreparedQuestion {
  /** Only its id while the page holds mistakes. */
  question: Partial<Question>
  /** What says why of its choices, taken out of the question: it is for after the run. */
  reasons: { choice: string; tokens: Token[] }[]
}

/** `::: predict` becomes `<Predict>`, and what explains its choices an `<Outcome>`, which explanations.ts places. */
export function installQuestions(md: MarkdownRenderer): void {
  md.core.ruler.push('predict', state => {
    const { tokens, env } = state
    for (let index = 0; index < tokens.length; index++)
      if (tokens[index]!.type === 'container_predict_open') tokens[index]!.meta = prepare(tokens, index, env)
  })

  const { rules } = md.renderer
  rules.container_predict_open = (tokens, index, _, env: LessonEnv) => {
    const { map, meta } = tokens[index]!
    const [first, last] = map!.map(line => line + env.lineOffset) as [number, number]
    const { id, right, proof, coversPicture }: Partial<Question> = meta.question
    // On a page with mistakes the question is there, and nothing is known of its answer.
    const answer = right && ` right="${seal(id!, right)}" :proof="${escapeHtml(JSON.stringify(proof))}"`
    return `${mistakeBox(takeMistakes(env.mistakes, first + 1, last))}<Predict id="${id}"${answer ?? ''}${coversPicture ? ' covers-picture' : ''}>\n`
  }
  rules.container_predict_close = () => '</Predict>\n'
  rules.predict_choices_open = rules.predict_choices_close = () => ''
  rules.predict_choice_open = (tokens, index) => `<PredictChoice value="${tokens[index]!.meta.id}">`
  rules.predict_choice_close = () => '</PredictChoice>\n'
  rules.outcome_open = (tokens, index) => {
    const { id, right, lang }: Question = tokens[index]!.meta.question
    return `<Outcome${lang ? ` class="lang-${lang}"` : ''} id="${id}" right="${seal(id, right)}">\n`
  }
  rules.outcome_close = () => '</Outcome>\n'
  rules.outcome_reason_open = (tokens, index) => `<template #why-${tokens[index]!.meta.choice}>`
  rules.outcome_reason_close = () => '</template>\n'
}

/** What says how a prediction has turned out. */
export function outcomeTokens(prepared: PreparedQuestion, make: typeof Token): Token[] {
  const token = (type: string, nesting: Token['nesting'], meta: unknown) =>
    Object.assign(new make(type, '', nesting), { meta })
  return [
    token('outcome_open', 1, prepared),
    ...prepared.reasons.flatMap(reason => [
      token('outcome_reason_open', 1, reason),
      ...reason.tokens,
      token('outcome_reason_close', -1, reason),
    ]),
    token('outcome_close', -1, prepared),
  ]
}

/** Makes its list the choices, and takes the mark away from the right one, and from each what explains it. */
function prepare(tokens: Token[], open: number, env: LessonEnv): PreparedQuestion {
  const container = tokens[open]!
  const block = readQuestion(tokens, open)
  const reasons: PreparedQuestion['reasons'] = []
  let choice = -1
  let from = 0
  for (let index = open + 1; tokens[index]!.level > container.level; index++) {
    const token = tokens[index]!
    if (token.type === 'inline') unmark(token)
    if (isChoice(token, container)) {
      if (token.nesting === 1) token.meta = { id: block.choices[++choice]!.id }
      token.type = token.type.replace('list_item', 'predict_choice')
    } else if (token.level === container.level + 1 && token.type.startsWith('bullet_list_')) {
      token.type = token.type.replace('bullet_list', 'predict_choices')
    } else if (isReason(token, container) && token.nesting === 1) from = index
    else if (isReason(token, container)) {
      const taken = tokens.splice(from, index + 1 - from).slice(1, -1)
      reasons.push({ choice: block.choices[choice]!.id, tokens: taken })
      index = from - 1
    }
  }
  return { question: questionAt(block.line + env.lineOffset, block.id, env), reasons }
}

function questionAt(line: number, id: string, env: LessonEnv): Partial<Question> {
  if (env.lesson === undefined) return { id }
  const question = env.lesson.questions.find(question => question.line === line)
  // The parser and markdown-it do not agree on where containers are: neither knows whom to believe.
  if (!question)
    throw new Error(`${env.file}:${line}: this question is not seen by the tests; indent it less`)
  return question
}
