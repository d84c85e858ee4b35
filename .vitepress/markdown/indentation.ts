import type { MarkdownOptions } from 'vitepress'

type Transformer = NonNullable<MarkdownOptions['codeTransformers']>[number]

/**
 * Gives each line of code the number of its leading blanks as `--indent`: where the column is too narrow for it, the
 * style sheet lets it go on below, a little further in than it began.
 */
export const indentation: Transformer = {
  name: 'indentation',
  line(element, line) {
    const text = this.tokens[line - 1]!.map(({ content }) => content).join('')
    const blanks = text.length - text.trimStart().length
    if (blanks > 0) element.properties.style = `--indent:${blanks}`
  },
}
