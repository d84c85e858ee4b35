import type { Transcript } from '../../../playground/format/transcript.ts'

export interface Token {
  text: string
  kind: 'plain' | 'program' | 'option' | 'string' | 'operator' | 'comment' | 'name'
}

/** A comment, a string, an operator, an option or a word; what stands between them is plain. */
const TOKEN = /(#.*$)|("(?:\\.|[^"\\])*"?|'[^']*'?)|(\|\||&&|2>&1|[|&;<>]+)|([^\s"'|&;<>]+)/g
/** As the lesson format has it; whether it is a name or a redirection, only the bound names tell. */
const NAME = /(?<![<\\])<([A-Za-z][\w-]*)>/g

/**
 * The lines of a command as light highlighting needs them: no shell's grammar, only what helps the eye.
 * A `<name>` that the lesson binds is a token of its own, wherever it stands.
 */
export function commandTokens(lines: string[], names: ReadonlySet<string>): Token[][] {
  let program = true
  return lines.map(line =>
    splitNames(line, names).flatMap(piece => (piece.kind === 'name' ? [piece] : words(piece.text))),
  )

  function words(text: string): Token[] {
    const tokens: Token[] = []
    let at = 0
    for (const match of text.matchAll(TOKEN)) {
      if (match.index > at) tokens.push({ text: text.slice(at, match.index), kind: 'plain' })
      at = match.index + match[0].length
      tokens.push({ text: match[0], kind: kindOf(match) })
    }
    if (at < text.length) tokens.push({ text: text.slice(at), kind: 'plain' })
    return tokens
  }

  function kindOf([text, comment, string, operator]: RegExpMatchArray): Token['kind'] {
    if (comment !== undefined) return 'comment'
    if (operator !== undefined) {
      program = /[|&;]$/.test(operator) && operator !== '2>&1'
      return 'operator'
    }
    if (string !== undefined) return 'string'
    // `NAME=value command`: the program is yet to come.
    if (program && !/^\w+=/.test(text)) {
      program = false
      return 'program'
    }
    return text.startsWith('-') ? 'option' : 'plain'
  }
}

/** A command's lines with what is seen in place of its names, as it is copied: values, or the words before a run. */
export function fillNames(lines: string[], seenFor: (name: string) => string | undefined): string {
  return lines.join('\n').replace(NAME, (source, name: string) => seenFor(name) ?? source)
}

/** Names that the expected output of a transcript binds. */
export function namesOf({ continued, commands }: Transcript): string[] {
  const patterns = [continued, ...commands.map(({ expectation }) => expectation)].flatMap(
    e => e?.patterns ?? [],
  )
  return patterns.flatMap(pattern =>
    pattern.rest ? [] : pattern.parts.flatMap(part => (typeof part === 'string' ? [] : (part.name ?? []))),
  )
}

function splitNames(line: string, names: ReadonlySet<string>): Token[] {
  const tokens: Token[] = []
  let at = 0
  for (const match of line.matchAll(NAME)) {
    if (!names.has(match[1]!)) continue
    if (match.index > at) tokens.push({ text: line.slice(at, match.index), kind: 'plain' })
    tokens.push({ text: match[1]!, kind: 'name' })
    at = match.index + match[0].length
  }
  if (at < line.length) tokens.push({ text: line.slice(at), kind: 'plain' })
  return tokens
}
