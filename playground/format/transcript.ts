import { createHash } from 'node:crypto'
import { type Pattern, parsePattern, quote, type Report } from './placeholder.ts'
import { CONDITIONS, parseRequirement } from './requirement.ts'
import { placeholderSlipIn, rangeSlipIn, slipIn, typesetIn, unseenIn } from './slips.ts'

/** Languages that a lesson's scripts come in; `lang=` on a fence shows it for one of them only. */
export type Lang = 'ts' | 'py'

/** A `console` fence: commands with the output they must print. */
export interface Transcript {
  /** Digest of the fence's info string and text, 10 hex digits; `-2`, `-3` … where equal ones stand above it. */
  id: string
  /** Line of the opening fence, 1-based. */
  line: number
  /** `shell` in a lesson that names no pane at all. */
  pane: string
  lang?: Lang
  /** The last command is still running once its output has matched. */
  running: boolean
  /** It measures: from here on nothing else is verified until its page has ended. */
  alone: boolean
  /** `any`: within each command, output lines in any order. */
  order: 'given' | 'any'
  /** Seconds a command may take. */
  timeout: number
  /** What it needs of the machine: programs, and conditions such as `linux-5.14`. */
  requires: string[]
  /** Bounds on time that a slow machine is not held to; undefined where all are. */
  unjudged?: number
  /** Output before the first command: it continues what runs in the pane. An empty fence claims a silent end. */
  continued?: Expectation
  commands: Command[]
}

/** A `$ ` line with its `> ` continuations, or `^C` alone. */
export interface Command {
  line: number
  /** `interrupt`: presses Ctrl-C; `input` is empty. */
  kind: 'shell' | 'interrupt'
  /** The lines to type, without `$ ` and `> `, as written: bound `<name>`s are not filled in. */
  input: string[]
  expectation: Expectation
}

export interface Expectation {
  /** Line of its first pattern, or of the command it belongs to. */
  line: number
  /** Without blank ones at the end. */
  patterns: Pattern[]
  /** `[N]`; undefined where the author wrote none: 0 if the command ends. */
  status?: number
}

/** The pane of a lesson that names none. */
const DEFAULT_PANE = 'shell'
/** Seconds. It ends what would never end, and says nothing of speed: four programs that start take 10 s on a busy machine. */
const DEFAULT_TIMEOUT = 30
const LONGEST_TIMEOUT = 600

/** Whether a fence with this info string is a transcript. */
export function isTranscript(info: string): boolean {
  return /^console(?:\s|$)/.test(info.trim())
}

/** Whether the fence says which pane it belongs to. */
export function namesPane(info: string): boolean {
  return /\spane=/.test(info)
}

/**
 * Parses one fence. Mistakes are reported, and the transcript is then what could be made of it.
 *
 * @param info the fence's info string, `console pane=client`
 * @param body the text between the fences
 * @param line of the opening fence
 * @returns undefined where the fence is no transcript
 */
export function parseTranscript(
  info: string,
  body: string,
  line: number,
  report: Report,
): Transcript | undefined {
  if (!isTranscript(info)) return undefined
  const words = parseWords(info, line, report)
  const { continued, commands } = parseBody(body, line, report)
  if (words.running && body.trim() === '') {
    const todo = 'write a command or output into it, or leave out `running` to claim a silent end'
    report({ line, what: '`running` on an empty fence', todo })
  }
  const digest = createHash('sha256').update(`${info.trim()}\n${body}`).digest('hex')
  return { id: digest.slice(0, 10), line, ...words, continued, commands }
}

/** In page order, that of the opening output included. */
export function expectationsOf({ continued, commands }: Transcript): Expectation[] {
  return [...(continued ? [continued] : []), ...commands.map(({ expectation }) => expectation)]
}

/** What is typed and what is printed, a line each, as far as the fence says it: a blank stands for a placeholder. */
export function literalText({ continued, commands }: Transcript): string {
  const outputs = (expectation: Expectation | undefined) => (expectation?.patterns ?? []).map(literals)
  return [
    ...outputs(continued),
    ...commands.flatMap(({ input, expectation }) => [...input, ...outputs(expectation)]),
  ].join('\n')
}

function literals(pattern: Pattern): string {
  return pattern.rest ? '' : pattern.parts.map(part => (typeof part === 'string' ? part : ' ')).join('')
}

/**
 * The id of a transcript on its page, given that of its text alone: equal fences are told apart by their order.
 *
 * @param seen how many of each stand above; one map for a page, handed in for each transcript in page order
 */
export function idOnPage(id: string, seen: Map<string, number>): string {
  const count = (seen.get(id) ?? 0) + 1
  seen.set(id, count)
  return count === 1 ? id : `${id}-${count}`
}

type Words = Pick<Transcript, 'pane' | 'lang' | 'running' | 'alone' | 'order' | 'timeout' | 'requires'>

function parseWords(info: string, line: number, report: Report): Words {
  const words: Words = {
    pane: DEFAULT_PANE,
    running: false,
    alone: false,
    order: 'given',
    timeout: DEFAULT_TIMEOUT,
    requires: [],
  }
  const seen = new Set<string>()
  for (const word of info.trim().split(/\s+/).slice(1)) {
    const [key = '', ...values] = word.split('=')
    const value = values.length > 0 ? values.join('=') : undefined
    if (seen.has(key)) {
      report({ line, what: `${quote(key)} stands twice on one fence`, todo: 'leave one of them out' })
      continue
    }
    seen.add(key)
    const todo = readWord(words, key, value)
    if (todo !== undefined) {
      const known = ['pane', 'order', 'lang', 'timeout', 'requires', 'running', 'alone'].includes(key)
      report({ line, what: known ? `bad ${quote(word)}` : `unknown word ${quote(word)}`, todo })
    }
  }
  return words
}

/** Takes one word of the info string; says what to write where it cannot be taken. */
function readWord(words: Words, key: string, value: string | undefined): string | undefined {
  if (key === 'running' || key === 'alone') {
    words[key] = true
    return value === undefined ? undefined : `write \`${key}\` and nothing behind it`
  }
  if (key === 'pane') {
    words.pane = value || DEFAULT_PANE
    if (/^[a-z\d][a-z\d-]{0,31}$/.test(value ?? '')) return undefined
    return 'write pane=NAME with up to 32 lowercase letters, digits and `-`'
  }
  if (key === 'order') {
    words.order = 'any'
    return value === 'any' ? undefined : 'write order=any, or nothing for the given order'
  }
  if (key === 'lang') {
    if (value !== 'ts' && value !== 'py') return 'write lang=ts or lang=py'
    words.lang = value
    return undefined
  }
  if (key === 'timeout') {
    const seconds = /^\d{1,4}$/.test(value ?? '') ? Number(value) : 0
    words.timeout = seconds || DEFAULT_TIMEOUT
    if (seconds >= 1 && seconds <= LONGEST_TIMEOUT) return undefined
    return `write timeout=SECONDS with a whole number from 1 to ${LONGEST_TIMEOUT}`
  }
  if (key === 'requires') {
    words.requires = value?.split(',') ?? []
    const bad = words.requires.find(word => !parseRequirement(word))
    if (value && bad === undefined) return undefined
    return `write requires=WORD,WORD without blanks; a word is a program, or ${CONDITIONS}`
  }
  return 'use pane=NAME, running, alone, order=any, lang=ts, lang=py, timeout=SECONDS or requires=WORDS'
}

/** A command and its output, or (without `kind`) the output before the first command. */
interface Draft {
  line: number
  kind?: Command['kind']
  input: string[]
  output: { line: number; text: string }[]
}

function parseBody(
  body: string,
  line: number,
  report: Report,
): { continued?: Expectation; commands: Command[] } {
  const opening: Draft = { line, input: [], output: [] }
  const drafts: Draft[] = []
  const lines = body.replace(/\n$/, '').split('\n')
  for (const [index, text] of lines.entries()) {
    const draft = drafts.at(-1) ?? opening
    const at = line + 1 + index
    const slip = slipIn(text)
    if (slip) report({ line: at, what: slip.what, todo: slip.todo })
    if (slip?.command !== undefined)
      drafts.push({ line: at, kind: 'shell', input: [slip.command], output: [] })
    else if (/^\$(?: |$)/.test(text))
      drafts.push({ line: at, kind: 'shell', input: [text.slice(2)], output: [] })
    else if (/^\^C[ \t]*$/.test(text)) drafts.push({ line: at, kind: 'interrupt', input: [], output: [] })
    else if (!/^>(?: |$)/.test(text)) draft.output.push({ line: at, text })
    else if (draft.kind === 'shell' && draft.output.length === 0) draft.input.push(text.slice(2))
    else {
      const todo = 'put it straight below a `$ ` or `> ` line, or write `\\>` for output'
      report({ line: at, what: 'a `> ` line that continues no command', todo })
    }
  }
  const continued = parseExpectation(opening, report)
  const claims = drafts.length === 0 || continued.patterns.length > 0 || continued.status !== undefined
  const commands = drafts.map((draft): Command => {
    const { line, kind = 'shell', input } = draft
    if (kind === 'shell') checkInput(line, input, report)
    return { line, kind, input, expectation: parseExpectation(draft, report) }
  })
  return claims ? { continued, commands } : { commands }
}

function checkInput(line: number, input: string[], report: Report): void {
  const isHereDocument = input.some(text => text.includes('<<'))
  for (const [index, text] of input.entries()) {
    const slip = unseenIn(text) ?? (isHereDocument ? undefined : typesetIn(text))
    if (slip) report({ line: line + index, ...slip })
  }
  const typed = input.filter(text => text.trim() !== '')
  if (typed.length === 0) {
    const todo = 'write one behind `$ `, or `\\$` for a plain `$`'
    report({ line, what: 'an empty command', todo })
  } else if (typed.every(text => text.trimStart().startsWith('#'))) {
    report({ line, what: 'a command that is only a comment', todo: 'move it into the prose' })
  } else if (/(?<!\\)(?:\\\\)*\\$/.test(input.at(-1)!)) {
    const todo = 'continue it on a `> ` line, or take the `\\` away'
    report({ line: line + input.length - 1, what: 'a command that ends in `\\`', todo })
  }
}

function parseExpectation({ line, output }: Draft, report: Report): Expectation {
  const end = output.findLastIndex(({ text }) => text.trim() !== '')
  const patterns: Pattern[] = []
  let status: number | undefined
  for (const [index, { line, text }] of output.slice(0, end + 1).entries()) {
    const number = /^\[(\d+)\][ \t]*$/.exec(text)?.[1]
    if (number === undefined) {
      const slip = rangeSlipIn(text) ?? placeholderSlipIn(text)
      if (slip) report({ line, ...slip })
      patterns.push(parsePattern(text, line, report))
    } else if (index < end) {
      const todo = 'make it the last line of its command, or write `\\[` for output'
      report({ line, what: `the status ${quote(text.trim())} stands before other output`, todo })
    } else {
      status = Number(number)
      if (status > 255) {
        const todo = 'write a number from 0 to 255, or `\\[` for output'
        report({ line, what: `${quote(text.trim())} is no exit status`, todo })
      }
    }
  }
  while (patterns.at(-1)?.source.trim() === '') patterns.pop()
  return { line: patterns[0]?.line ?? line, patterns, ...(status !== undefined && { status }) }
}
