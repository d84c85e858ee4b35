import type { MarkdownOptions } from 'vitepress'

type Transformer = NonNullable<MarkdownOptions['codeTransformers']>[number]

/** How code is shown, beside its colours. */
export const codeTransformers: Transformer[] = [
  {
    name: 'regions',
    // A region is shown without the comments that bound it, and so is the whole file.
    preprocess: code => code.replace(/^[ \t]*(?:\/\/|#) ?#(?:end)?region\b.*\n?/gm, '').trimEnd(),
  },
  {
    name: 'indentation',
    // Where the column is too narrow, a line goes on below, further in than it began: the style sheet reads this.
    line(element, line) {
      const text = this.tokens[line - 1]!.map(({ content }) => content).join('')
      const blanks = text.length - text.trimStart().length
      if (blanks > 0) element.properties.style = `--indent:${blanks}`
    },
  },
]
