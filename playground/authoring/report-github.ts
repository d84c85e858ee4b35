import { groundText } from './ground.ts'
import { type Report, rowsOf, titleOf } from './report.ts'
import { clean, countsText, LEFT_OUT, problemText, sideBySide } from './report-text.ts'

/**
 * GitHub's workflow commands: they put each failure, and each skip, beside its line of the Markdown.
 *
 * @returns one line each
 */
export function githubText({ problems, pages }: Pick<Report, 'problems' | 'pages'>): string {
  const found = problems.map(({ severity, file, line, what, todo }) =>
    annotation(
      severity === 'mistake' ? 'error' : 'warning',
      { file, line, title: severity },
      `${what}; ${todo}`,
    ),
  )
  const failed = pages.flatMap(page =>
    rowsOf(page).flatMap(({ line, pane, title, state, reason, failures }) => {
      const place = { file: page.file, line, title: `${page.lang ? `${page.lang}, ` : ''}${pane}: ${title}` }
      const name = LEFT_OUT[state]
      const left = name && annotation(state === 'skipped' ? 'warning' : 'notice', place, `${name}: ${reason}`)
      const errors = failures.map(failure => {
        const text = [failure.message, ...sideBySide(failure)].join('\n')
        return annotation('error', { ...place, line: failure.line }, text)
      })
      return [...(left ? [left] : []), ...errors]
    }),
  )
  return [...found, ...failed].join('\n')
}

/** Markdown for the page of a run: what was proven where, and a line for each thing that is not true or was left out. */
export function summaryText({
  problems,
  pages,
  ground,
}: Pick<Report, 'problems' | 'pages' | 'ground'>): string {
  const left = pages.flatMap(page =>
    rowsOf(page).flatMap(({ line, pane, title, state, reason, failures }) => {
      if (state === 'passed' || state === 'unreached') return []
      const why = reason ?? failures.map(({ message }) => message ?? '').join('; ')
      return `${titleOf(page)}, line ${line}, ${pane}: ${title}: ${LEFT_OUT[state] ?? state}: ${why}`
    }),
  )
  const lines = [...problems.map(problemText), ...left].map(line => `- ${code(line)}`)
  const where = ground ? [code(groundText(ground))] : []
  return ['## verify', code(countsText(pages)), ...where, lines.join('\n')]
    .filter(Boolean)
    .join('\n\n')
    .concat('\n')
}

/** Text that Markdown leaves alone. */
function code(text: string): string {
  return `\`\` ${clean(text).replaceAll('`', "'")} \`\``
}

function annotation(
  kind: 'error' | 'warning' | 'notice',
  { file, line, title }: { file: string; line?: number; title: string },
  message: string,
): string {
  const data = (text: string) =>
    text.split(/\r?\n/).map(clean).join('\n').replace(/%/g, '%25').replace(/\n/g, '%0A')
  const property = (text: string) => data(text).replace(/:/g, '%3A').replace(/,/g, '%2C')
  const words = [
    `file=${property(file)}`,
    ...(line === undefined ? [] : [`line=${line}`]),
    `title=${property(title)}`,
  ]
  return `::${kind} ${words.join(',')}::${data(message)}`
}
