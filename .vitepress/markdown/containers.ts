import type { MarkdownRenderer } from 'vitepress'
import type { LessonEnv } from './lesson-env.ts'
import { escapeHtml, mistakeBox, takeMistakes } from './mistake-box.ts'

/**
 * `::: lang ts`, `::: lang py`, `::: check NAME`, `::: coach`, `::: often-said` and `::: speaker`; for `::: predict` see
 * questions.ts. VitePress
 * parses them, being told their names in `container.customContainers`; here is what they become.
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

  rules.container_coach_open = (tokens, index) => {
    const end = tokens.findIndex(({ type }, at) => at > index && type === 'container_coach_close')
    const steps = tokens.slice(index, end).filter(({ type }) => type === 'list_item_open')
    return `<Coach :steps="${steps.length}">\n`
  }
  rules.container_coach_close = () => '</Coach>\n'

  // Its text begins with its own title, for readers on GitHub.
  rules['container_often-said_open'] = () => '<div class="often-said">\n'
  rules['container_often-said_close'] = () => '</div>\n'

  // Shown to who asks for it: style.css.
  rules.container_speaker_open = () =>
    '<aside class="speaker" aria-label="For the speaker"><p class="speaker-title">For the speaker</p>\n'
  rules.container_speaker_close = () => '</aside>\n'
}
