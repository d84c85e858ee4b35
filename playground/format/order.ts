import { COMMAND_NAME, namesOf, quote } from './placeholder.ts'
import { type Command, type Expectation, expectationsOf, type Lang, type Transcript } from './transcript.ts'

/** Something found while walking a page, as `Report` is told it; `warning`: allowed, but probably not meant. */
export interface Finding {
  line: number
  what: string
  todo: string
  warning: boolean
}

/** Transcripts that a reader sees who has chosen this language, in page order. */
export function visible(transcripts: Transcript[], lang: Lang | undefined): Transcript[] {
  return transcripts.filter(transcript => transcript.lang === undefined || transcript.lang === lang)
}

/**
 * Walks a page as each reader would, from top to bottom: names must be bound before they are used, and a pane is
 * busy from a running command on until a fence claims its end.
 */
export function checkOrder(transcripts: Transcript[], languages: Lang[]): Finding[] {
  const readers = languages.length > 0 ? languages : [undefined]
  const found = new Map<string, { finding: Finding; languages: Set<Lang | undefined> }>()
  for (const lang of readers) {
    for (const finding of walk(visible(transcripts, lang))) {
      const key = `${finding.line} ${finding.what}`
      const entry = found.get(key) ?? { finding, languages: new Set() }
      found.set(key, entry)
      entry.languages.add(lang)
    }
  }
  return [...found.values()].map(({ finding, languages: some }) =>
    some.size === readers.length
      ? finding
      : { ...finding, what: `${finding.what} (lang=${[...some].join(',')})` },
  )
}

function walk(transcripts: Transcript[]): Finding[] {
  const findings: Finding[] = []
  /** Pane → line of the command that runs in it. */
  const busy = new Map<string, number>()
  /** Name → line that binds it. */
  const bound = new Map<string, number>()
  const ever = boundLines(transcripts)

  for (const transcript of transcripts) {
    const { pane, continued, commands, line } = transcript
    const tell = (at: number, what: string, todo: string, warning = false) =>
      void findings.push({ line: at, what, todo, warning })
    if (continued) {
      if (!busy.has(pane)) {
        const todo =
          'start the fence with a `$ ` line, or write `running` on the fence that starts the program'
        tell(line, `this fence continues a program in pane ${quote(pane)}, where nothing runs`, todo)
      }
      checkNames(continued, bound, tell)
      if (!staysRunning(transcript, -1)) busy.delete(pane)
    }
    for (const [index, command] of commands.entries()) {
      const since = busy.get(pane)
      if (command.kind === 'interrupt' && since === undefined) {
        const todo = 'write `running` on the fence that starts the program, or take `^C` away'
        tell(command.line, `\`^C\` in pane ${quote(pane)}, where nothing runs`, todo)
      }
      if (command.kind === 'shell' && since !== undefined) {
        const todo = 'end it before with `^C`, claim its output in a fence of its own, or use another pane'
        tell(command.line, `a command in pane ${quote(pane)}, where that of line ${since} still runs`, todo)
      }
      checkCommand(command, bound, ever, tell)
      checkNames(command.expectation, bound, tell)
      if (staysRunning(transcript, index))
        busy.set(pane, command.kind === 'shell' ? command.line : (since ?? line))
      else busy.delete(pane)
    }
  }
  return findings
}

type Tell = (line: number, what: string, todo: string, warning?: boolean) => void

/** Whether the program still runs behind this command's output (-1: behind the opening output). */
function staysRunning({ commands, running }: Transcript, index: number): boolean {
  const next = commands[index + 1]
  return next ? next.kind === 'interrupt' : running
}

function checkNames({ patterns }: Expectation, bound: Map<string, number>, tell: Tell): void {
  for (const { line, name, source, binds } of patterns.flatMap(namesOf)) {
    const before = bound.get(name)
    if (before === undefined && !binds) {
      const todo = `write <${name}:type> where it is first printed, or \\< for a plain <`
      tell(line, `the name ${quote(source)} is bound nowhere above`, todo)
    }
    if (before === undefined) bound.set(name, line)
    else if (binds) {
      const todo = `write <${name}> if both are the same, else use another name`
      tell(line, `${quote(source)} must be equal to that of line ${before}, which binds it`, todo, true)
    }
  }
}

function checkCommand(
  { line, input }: Command,
  bound: Map<string, number>,
  ever: Map<string, number>,
  tell: Tell,
): void {
  for (const [index, text] of input.entries()) {
    for (const match of text.matchAll(COMMAND_NAME)) {
      const [source, name = ''] = match
      const at = line + index
      const behind = text[match.index + source.length] ?? ' '
      const below = ever.get(name)
      if (!bound.has(name) && below !== undefined) {
        const todo = 'bind it further up, or write the redirection with a blank behind <'
        tell(at, `${quote(source)} is bound only on line ${below}: here it is the shell's`, todo, true)
      } else if (
        bound.has(name) &&
        /(?:^|[\s\d;|&(])$/.test(text.slice(0, match.index)) &&
        /[^\s;|)"']/.test(behind)
      ) {
        const todo =
          'write a redirection with a blank behind <, or quotes around the name if its value is meant'
        tell(at, `${quote(source)} looks like a redirection, but is replaced by the value`, todo, true)
      }
    }
  }
}

function boundLines(transcripts: Transcript[]): Map<string, number> {
  const lines = new Map<string, number>()
  const patterns = transcripts.flatMap(expectationsOf).flatMap(({ patterns }) => patterns)
  for (const { name, line, binds } of patterns.flatMap(namesOf))
    if (binds && !lines.has(name)) lines.set(name, line)
  return lines
}
