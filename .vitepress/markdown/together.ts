import type Token from 'markdown-it/lib/token.mjs'
import type { MarkdownRenderer } from 'vitepress'

const OPENING = /[\p{Ps}\p{Pi}"']+$/u
const CLOSING = /^[\p{Pe}\p{Pf}\p{Po}]+/u

/**
 * Puts code in a sentence and the punctuation around it into `<span class="together">`. The style sheet makes a box of
 * such code, and a line may end on each side of a box: else a line would begin with a full stop.
 */
export function installTogether(md: MarkdownRenderer): void {
  md.core.ruler.push('together', ({ tokens, Token }) => {
    for (const { children } of tokens) {
      if (!children) continue
      const grouped = children.flatMap((child, index) => {
        if (child.type !== 'code_inline') return [child]
        const [before, after] = [cut(children[index - 1], OPENING), cut(children[index + 1], CLOSING)]
        const group = [before, child, after].filter(token => token !== undefined)
        if (group.length === 1) return group
        const open = new Token('together_open', 'span', 1)
        open.attrSet('class', 'together')
        return [open, ...group, new Token('together_close', 'span', -1)]
      })
      children.splice(0, children.length, ...grouped)
    }
  })
}

/** Takes what matches out of a token of text, into one of its own. */
function cut(token: Token | undefined, pattern: RegExp): Token | undefined {
  const found = token?.type === 'text' && pattern.exec(token.content)?.[0]
  if (!found) return undefined
  token.content = token.content.replace(pattern, '')
  return Object.assign(Object.create(Object.getPrototypeOf(token)), token, { content: found })
}
