import type { MarkdownRenderer } from 'vitepress'
import type { LessonEnv } from './lesson-env.ts'
import { escapeHtml, mistakeBox, takeMistakes } from './mistake-box.ts'

/** `::: challenge NAME` becomes `<Challenge>`; each `::: hint` and `::: solution TITLE` in it a `<ChallengePart>`. */
export function installChallenges(md: MarkdownRenderer): void {
  md.core.ruler.push('challenges', ({ tokens }) => {
    let counts = { hint: 0, solution: 0 }
    for (const token of tokens) {
      if (token.type === 'container_challenge_open') {
        counts = { hint: 0, solution: 0 }
        token.meta = counts
      }
      if (token.type === 'container_hint_open') token.meta = counts.hint++
      if (token.type === 'container_solution_open') token.meta = counts.solution++
    }
  })

  const { rules } = md.renderer
  rules.container_challenge_open = (tokens, index, _, env: LessonEnv) => {
    const { info, map, meta } = tokens[index]!
    const line = (map?.[0] ?? 0) + env.lineOffset + 1
    const mistakes = mistakeBox(takeMistakes(env.mistakes, line, line))
    const { hint, solution } = meta as { hint: number; solution: number }
    return `${mistakes}<Challenge name="${escapeHtml(restOf(info))}" :hints="${hint}" :solutions="${solution}">\n`
  }
  rules.container_challenge_close = () => '</Challenge>\n'
  for (const kind of ['hint', 'solution']) {
    rules[`container_${kind}_open`] = (tokens, index) => {
      const { info, meta } = tokens[index]!
      return `<ChallengePart kind="${kind}" :at="${meta}" title="${escapeHtml(restOf(info))}">\n`
    }
    rules[`container_${kind}_close`] = () => '</ChallengePart>\n'
  }
}

/** What stands behind the container's name. */
function restOf(info: string): string {
  return info.trim().split(/\s+/).slice(1).join(' ')
}
