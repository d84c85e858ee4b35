import { countStates, type PageReport, type Report, type Row, rounded, rowsOf, titleOf } from './report.ts'
import { explain, problemText } from './report-text.ts'

/**
 * JUnit's XML, as Jenkins, GitLab and others read it: a page is a suite, a transcript or a check a case. What has no
 * line is a case named after its page.
 */
export function junitText({ problems, pages }: Pick<Report, 'problems' | 'pages'>): string {
  const mistakes = problems.filter(({ severity }) => severity === 'mistake')
  const broken = [...Map.groupBy(mistakes, ({ file }) => file)].map(([file, found]) => {
    const cases = found.map(mistake => {
      const name = mistake.line === undefined ? file : `line ${mistake.line}`
      const message = `${mistake.what}; ${mistake.todo}`
      return element('testcase', { name, classname: file, time: 0 }, [
        element('error', { message }, problemText(mistake)),
      ])
    })
    return element('testsuite', { name: file, ...countsOf([], found.length) }, cases)
  })
  const suites = pages.map(page => {
    const cases = rowsOf(page).map(row => junitCase(page, row))
    return element('testsuite', { name: titleOf(page), ...countsOf([page], 0) }, cases)
  })
  const counts = { name: 'verify', ...countsOf(pages, mistakes.length) }
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', counts, [...broken, ...suites])}\n`
}

function countsOf(pages: PageReport[], errors: number): Record<string, number> {
  const { passed, failed, skipped, inapplicable, unreached } = countStates(pages)
  const left = skipped + inapplicable + unreached
  const time = rounded(pages.reduce((sum, { seconds }) => sum + seconds, 0))
  return { tests: errors + passed + failed + left, failures: failed, errors, skipped: left, time }
}

function junitCase(page: PageReport, { line, pane, title, state, seconds, reason, failures }: Row): string {
  const name = `line ${line}, ${pane}: ${title}`
  const where = { name, classname: titleOf(page), file: page.file, line, time: seconds }
  const inner = failures.map(failure => {
    const attributes = { message: failure.message ?? '', type: failure.why ?? 'differs' }
    return element('failure', attributes, explain(page.file, failure))
  })
  const why = state === 'unreached' ? 'not reached: a transcript above it failed' : reason
  if (why !== undefined) inner.push(element('skipped', { message: why }, []))
  return element('testcase', where, inner)
}

/** @param content elements, one a line, or text */
function element(
  name: string,
  attributes: Record<string, string | number>,
  content: string[] | string,
): string {
  const words = Object.entries(attributes).map(([key, value]) => ` ${key}="${xml(`${value}`)}"`)
  const open = `<${name}${words.join('')}`
  if (content.length === 0) return `${open}/>`
  if (typeof content === 'string') return `${open}>${xml(content, false)}</${name}>`
  const inner = content.flatMap(each => each.split('\n')).join('\n')
  return `${open}>\n${inner}\n</${name}>`
}

/** XML 1.0 has no way to write most control characters: U+FFFD stands for them. `]]>` needs its `>` escaped. */
function xml(text: string, attribute = true): string {
  const legal = text.replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\ufffd')
  const escaped = legal.replace(
    /[&<>"]/g,
    char => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[char] ?? '&quot;',
  )
  // A reader of attributes takes a raw newline or tab for a blank; of text, CR LF for a newline.
  const raw = attribute ? /[\t\n\r]/g : /\r/g
  return escaped.replace(raw, char => `&#${char.charCodeAt(0)};`)
}
