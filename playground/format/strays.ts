/** What looks like a transcript or a container and is none: it would be shown, and nothing would be said of it. */
import type { Token } from 'markdown-it'
import { nearest } from './near.ts'
import { quote, type Report } from './placeholder.ts'
import { COVERED } from './question.ts'

/** Ours, with what VitePress brings. */
const CONTAINERS = [
  'lang',
  'check',
  'predict',
  'often-said',
  'coach',
  'speaker',
  'code-group',
  'raw',
  'v-pre',
].concat('challenge hint solution info tip important note warning caution danger details'.split(' '))
const SHELLS = ['bash', 'sh', 'shell', 'zsh', 'shellscript', 'shellsession', 'shell-session', 'terminal', '']

/** @param lines of the whole page */
export function reportStrays(tokens: Token[], lines: readonly string[], report: Report): void {
  /** Containers around a token. */
  const around: Token[] = []
  for (const token of tokens) {
    const line = (token.map?.[0] ?? 0) + 1
    if (token.type === 'fence') strayFence(token, line, report)
    if (token.type === 'container_open') {
      strayContainer(token, line, around.at(-1), report)
      around.push(token)
    }
    if (token.type === 'container_close') around.pop()
    // With four blanks it is how a page shows a fence; a tab is a slip.
    if (
      token.type === 'code_block' &&
      /^ {0,3}\t[ \t]*(?:`{3,}|~{3,})[ \t]*console\b/.test(lines[line - 1]!)
    ) {
      const todo = 'take the tab in front of it away, or write four blanks for text'
      report({ line, what: 'a fence behind a tab, which is text and is not run', todo })
    }
    if (token.type === 'blockquote_open' && token.level === 0) strayQuote(lines[line - 1]!, line, report)
    if (token.type === 'inline') {
      strayColons(token, line, report)
      strayArrows(token, line, report)
    }
  }
}

function strayFence({ info, content }: Token, line: number, report: Report): void {
  const [language = ''] = info.trim().split(/[\s[{:]/, 1)
  if (language === 'console') {
    if (/^console(?:\s|$)/.test(info.trim())) return
    const todo = 'write a blank behind console, and its words without braces: console pane=a'
    report({ line, what: `a fence ${quote(info.trim())}, which nothing runs`, todo })
    return
  }
  if (language.length < 32 && nearest(language, ['console'])) {
    report({ line, what: `a fence ${quote(language)}, which nothing runs`, todo: 'write console' })
  } else if (SHELLS.includes(language) && /^[ \t]*\$ /m.test(content)) {
    const what = `commands behind \`$ \` in a fence ${language ? quote(language) : 'without a language'}, which nothing runs`
    report({ line, what, todo: 'write console, or text if nobody is to run them' })
  }
}

function strayContainer(
  { info, markup, meta }: Token,
  line: number,
  outer: Token | undefined,
  report: Report,
): void {
  const [name = '', ...rest] = info.split(/\s+/)
  const colons = markup
  if (!CONTAINERS.includes(name)) {
    const meant = name.length < 32 ? nearest(name, CONTAINERS) : undefined
    const todo = meant
      ? `write ${colons} ${meant}`
      : 'use lang, check, predict, often-said, coach, challenge, or one of VitePress: info, tip, warning, danger, details'
    report({ line, what: `there is no container ${quote(name)}`, todo })
  } else if (!meta.spaced) {
    report({ line, what: `no blank behind ${quote(colons)}`, todo: `write ${colons} ${info}` })
  } else if (name === 'lang' && !(rest.length === 1 && /^(?:ts|py)$/.test(rest[0]!))) {
    const todo = `write ${colons} lang ts or ${colons} lang py`
    report({ line, what: `there is no language ${quote(rest.join(' '))}`, todo })
  } else if (name === 'predict' && rest.some(word => word !== COVERED)) {
    const todo = `write ${colons} predict, or ${colons} predict ${COVERED}`
    report({ line, what: `${quote(rest.join(' '))} behind ${colons} predict`, todo })
  }
  if (meta.closed) return
  // What would end it has ended the one around it.
  if (outer?.meta.closed && outer.markup.length <= colons.length) {
    const what = `the container ${quote(info)} begins within ${quote(outer.info)} of line ${(outer.map?.[0] ?? 0) + 1}, which has no more colons`
    const todo = `end that one with a line ${quote(outer.markup)} above, or give it one colon more, and its end`
    report({ line, what, todo })
    return
  }
  const todo = `add a line ${quote(colons)} where it ends; one around others needs more colons than they have`
  report({ line, what: `the container ${quote(info)} is never closed`, todo })
}

/** Colons that begin or end no container are text. */
function strayColons({ content }: Token, line: number, report: Report): void {
  for (const [index, text] of content.split('\n').entries()) {
    const [, colons = '', rest = ''] = /^[ \t]*(:{2,})[ \t]*(.*)$/.exec(text) ?? []
    if (colons === '') continue
    const [name = ''] = rest.split(/\s/, 1)
    const where = { line: line + index }
    if (rest === '') {
      const todo = 'take it away, or write `::: NAME` where its container begins'
      report({ ...where, what: `${quote(colons)} that closes no container`, todo })
    } else if (CONTAINERS.includes(name) || (name.length < 32 && nearest(name, CONTAINERS))) {
      report({
        ...where,
        what: `${quote(text.trim())} is text here`,
        todo: `write ::: ${rest} on a line of its own`,
      })
    }
  }
}

/** As many arrows as a snippet has, in the other direction. */
function strayQuote(text: string, line: number, report: Report): void {
  const [, path] = /^ {0,3}>>>[ \t]*([.@/]\S+)[ \t]*$/.exec(text) ?? []
  if (path !== undefined)
    report({ line, what: `${quote(text.trim())} shows no script`, todo: `write <<< ${path}` })
}

/** A line that is nearly a snippet. */
function strayArrows({ content }: Token, line: number, report: Report): void {
  for (const [index, text] of content.split('\n').entries()) {
    const [, path] = /^[ \t]*<<[ \t]*([.@/]\S+)[ \t]*$/.exec(text) ?? []
    if (path === undefined) continue
    report({ line: line + index, what: `${quote(text.trim())} shows no script`, todo: `write <<< ${path}` })
  }
}
