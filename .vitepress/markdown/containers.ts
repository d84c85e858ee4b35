import { createHash } from 'node:crypto'
import type Token from 'markdown-it/lib/token.mjs'
import type { MarkdownRenderer } from 'vitepress'
import type { LessonEnv } from './lesson-markdown.ts'
import { escapeHtml, mistakeBox, take } from './mistake-box.ts'

/**
 * `::: lang ts`, `::: lang py`, `::: check NAME`, `::: predict` and `::: often-said`. VitePress parses them, being told their
 * names in `container.customContainers`; here is what they become.
 */
export function installContainers(md: MarkdownRenderer): void {
  const { rules } = md.renderer
  rules.container_lang_open = (tokens, index) => {
    const lang = tokens[index]!.info.trim().split(/\s+/)[1]
    if (lang !== 'ts' && lang !== 'py')
      throw new Error(`::: lang ${lang ?? ''}: write ::: lang ts or ::: lang py`)
    return `<div class="lang-${lang}">\n`
  }
  rules.container_lang_close = () => '</div>\n'

  rules.container_check_open = (tokens, index, _options, env: LessonEnv) => {
    const { info, map } = tokens[index]!
    const line = (map?.[0] ?? 0) + env.lineOffset + 1
    const name = info.trim().split(/\s+/).slice(1).join(' ')
    return `${mistakeBox(take(env.mistakes, line, line))}<Check name="${escapeHtml(name)}">\n`
  }
  rules.container_check_close = () => '</Check>\n'

  // Its text begins with its own title, for readers on GitHub.
  rules['container_often-said_open'] = () => '<div class="often-said">\n'
  rules['container_often-said_close'] = () => '</div>\n'

  md.core.ruler.push('predict', ({ tokens }) => {
    for (const [index, token] of tokens.entries()) {
      if (token.type === 'container_predict_open') markChoices(tokens, index)
    }
  })
  rules.container_predict_open = (tokens, index) => `<Predict id="${tokens[index]!.meta.id}">\n`
  rules.container_predict_close = () => '</Predict>\n'
  rules.predict_choices_open = rules.predict_choices_close = () => ''
  rules.predict_choice_open = (tokens, index) =>
    `<PredictChoice value="${escapeHtml(tokens[index]!.meta.value)}">`
  rules.predict_choice_close = () => '</PredictChoice>\n'
}

/** The outermost list of the block is its choices. Their text is their identity: reordering keeps the pick. */
function markChoices(tokens: Token[], open: number): void {
  let depth = 0
  let text = ''
  for (let i = open + 1; i < tokens.length && tokens[i]!.type !== 'container_predict_close'; i++) {
    const token = tokens[i]!
    const outermost = token.level === tokens[open]!.level + (token.type.startsWith('bullet_list') ? 1 : 2)
    if (token.type === 'bullet_list_open' && outermost) token.type = 'predict_choices_open'
    else if (token.type === 'bullet_list_close' && outermost) token.type = 'predict_choices_close'
    else if (token.type === 'list_item_open' && outermost) {
      token.type = 'predict_choice_open'
      token.meta = { value: '' }
      depth = i
    } else if (token.type === 'list_item_close' && outermost) {
      token.type = 'predict_choice_close'
      depth = 0
    } else if (token.type === 'inline') {
      text += `${token.content}\n`
      if (depth > 0) tokens[depth]!.meta.value += digest(token.content)
    }
  }
  tokens[open]!.meta = { id: digest(text) }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}
