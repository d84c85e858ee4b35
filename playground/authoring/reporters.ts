/** Writes what `verify` finds, as it comes and at the end, to the terminal and into files. */
import { appendFile, writeFile } from 'node:fs/promises'
import { StartError } from '../start-error.ts'
import { groundText } from './ground.ts'
import { jsonText, type PageReport, type Report } from './report.ts'
import { githubText, summaryText } from './report-github.ts'
import { junitText } from './report-junit.ts'
import { countsText, pageText, turnsText } from './report-text.ts'
import type { VerifyOptions } from './verify-options.ts'

export interface Reporters {
  /** To people; nowhere when standard output is a report's. */
  say(text: string): void
  page(page: PageReport): void
  /** When all is done. @throws StartError for a file that cannot be written */
  end(report: Report): Promise<void>
}

export function createReporters({
  reporters,
  repeat,
}: Pick<VerifyOptions, 'reporters' | 'repeat'>): Reporters {
  const isGithub = reporters.some(({ name }) => name === 'github')
  const isFile = (name: string) => name === 'junit' || name === 'json'
  const isTaken = reporters.some(({ name, output }) => output === undefined && isFile(name))
  const texts = { junit: junitText, json: jsonText } as const

  return {
    say,
    page(page) {
      say(pageText(page, repeat > 1))
      annotate({ problems: [], pages: [page] })
    },
    async end(report) {
      for (const text of repeat > 1 ? turnsText(report.pages) : []) say(text)
      const where = report.ground ? [groundText(report.ground)] : []
      if (report.status !== 2) say([...where, countsText(report.pages)].join('\n'))
      annotate({ problems: report.problems, pages: [] })
      const summary = process.env.GITHUB_STEP_SUMMARY
      if (isGithub && summary) await appendFile(summary, summaryText(report)).catch(() => {})
      for (const { name, output } of reporters) {
        if (name !== 'junit' && name !== 'json') continue
        const text = texts[name](report)
        if (output === undefined) process.stdout.write(text)
        else
          await writeFile(output, text).catch(error => {
            throw new StartError(
              `the report cannot be written to ${output} (${error.code}); give another file`,
            )
          })
      }
    },
  }

  function say(text: string): void {
    if (isTaken) return
    // What programs print must not be taken for workflow commands.
    const word = crypto.randomUUID()
    console.log(isGithub ? `::stop-commands::${word}\n${text}\n::${word}::` : text)
  }

  function annotate(found: Pick<Report, 'problems' | 'pages'>): void {
    const text = isGithub && githubText(found)
    if (text) console.log(text)
  }
}
