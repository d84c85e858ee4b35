import { type Challenge, parseChallenges, reportUnsolved, transcriptsIn } from './challenge.ts'
import { type CheckPlace, parseChecks } from './check.ts'
import { checkOrder, type Finding, visible } from './order.ts'
import { type Page, readPage } from './page.ts'
import { quote, type Report } from './placeholder.ts'
import type { Question, QuestionBlock } from './question.ts'
import {
  idOnPage,
  isTranscript,
  type Lang,
  namesPane,
  parseTranscript,
  type Transcript,
} from './transcript.ts'

/** One page, as far as the runner and the site need it. */
export interface Lesson {
  /** Path as given to `parseLesson`, for messages. */
  file: string
  /** File name without `.md`: `01-bind-conflict`. */
  slug: string
  /** The first heading's text; the slug of a page without heading. */
  title: string
  /** Without those of challenges. */
  transcripts: Transcript[]
  /** In page order. */
  checks: CheckPlace[]
  /** In page order. */
  challenges: Challenge[]
  questions: Question[]
  /** Panes in order of first use, numbered ones of the same name together. */
  panes: string[]
  /** Languages the page has fences for; empty when it has no `lang=` at all. */
  languages: Lang[]
  /** `<<<` lines: path as written (`@/../lessons/…`), region without `#`. */
  snippets: Snippet[]
  /** Allowed, but probably not what the author meant. */
  warnings: Mistake[]
}

export interface Snippet {
  line: number
  path: string
  region?: string
}

/** Printed as `FILE:LINE: what; what to do`. */
export interface Mistake {
  file: string
  line: number
  what: string
  todo: string
  /** Vue would refuse the page that holds it. */
  unshowable?: true
}

/** All mistakes of a page, one a line. */
export class LessonError extends Error {
  /** By line; never empty. */
  readonly mistakes: Mistake[]

  constructor(mistakes: Mistake[]) {
    super(mistakes.map(formatMistake).join('\n'))
    this.name = 'LessonError'
    this.mistakes = mistakes
  }
}

export function formatMistake({ file, line, what, todo }: Mistake): string {
  return `${file}:${line}: ${what}; ${todo}`
}

/**
 * Parses a page. Files that it names, snippets and scripts, are not looked at.
 *
 * @param file path for messages; its last part names the lesson
 * @throws {LessonError} with every mistake that can be found without running anything
 */
export function parseLesson(text: string, file: string): Lesson {
  const mistakes: Mistake[] = []
  const report: Report = mistake => void mistakes.push({ file, ...mistake })
  const slug = file.replace(/^.*[/\\]/s, '').replace(/\.md$/, '')
  const page = readPage(text, report)
  const all = parseFences(page, report)
  reportSpeakers(page, report)
  const challenges = parseChallenges(page, all, report)
  const transcripts = all.filter(transcript => !challenges.flatMap(transcriptsIn).includes(transcript))
  const checks = parseChecks(page, report)
  const questions = parseQuestions(page, transcripts, report)
  const snippets = page.snippets.map(({ line, text }) => parseSnippet(text, line, report))
  const languages = [...new Set(all.flatMap(({ lang }) => lang ?? []))]
  reportUnsolved(challenges, languages, report)
  const warnings: Mistake[] = []
  const ways = challenges.flatMap(({ transcripts, solutions }) =>
    solutions.map(solution => [...transcripts, ...solution.transcripts]),
  )
  const found = new Map<string, Finding>()
  for (const finding of [transcripts, ...ways].flatMap(way => checkOrder(way, languages)))
    found.set(`${finding.line} ${finding.what}`, finding)
  for (const { warning, ...finding } of found.values()) {
    const list = warning ? warnings : mistakes
    list.push({ file, ...finding })
  }
  if (mistakes.length > 0) throw new LessonError(mistakes.sort(byLine))
  return {
    file,
    slug,
    title: page.title || slug,
    transcripts,
    checks,
    challenges,
    questions,
    panes: inGroups([...new Set(all.map(({ pane }) => pane))]),
    languages,
    snippets,
    warnings: warnings.sort(byLine),
  }
}

/**
 * Transcripts that a reader of one language sees, in page order: those of that language and those of none.
 *
 * @param lang the lesson's first language unless given
 */
export function transcriptsFor(lesson: Lesson, lang: Lang | undefined = lesson.languages[0]): Transcript[] {
  return visible(lesson.transcripts, lang)
}

/** Checks that a reader of one language sees, in page order. */
export function checksFor(lesson: Lesson, lang: Lang | undefined = lesson.languages[0]): CheckPlace[] {
  return lesson.checks.filter(check => check.lang === undefined || check.lang === lang)
}

/** `server-3` beside `server-1` and `server-2`, though `client` was used before it. */
function inGroups(panes: string[]): string[] {
  const groups = Map.groupBy(panes, pane => pane.replace(/-?\d+$/, ''))
  const number = (pane: string) => Number(/\d+$/.exec(pane)?.[0] ?? 0)
  return [...groups.values()].flatMap(group => group.sort((one, other) => number(one) - number(other)))
}

function parseFences({ fences }: Page, report: Report): Transcript[] {
  const seen = new Map<string, number>()
  const parsed = fences.flatMap(({ info, body, line }) => {
    const transcript = parseTranscript(info, body, line, report)
    return transcript ? [{ info, transcript }] : []
  })
  const named = parsed.find(({ info }) => namesPane(info))
  return parsed.map(({ info, transcript }) => {
    if (named && !namesPane(info)) {
      const { line, pane } = named.transcript
      const todo = `write pane=NAME, as line ${line} does for ${quote(pane)}`
      report({ line: transcript.line, what: 'a fence without pane in a lesson that names panes', todo })
    }
    return { ...transcript, id: idOnPage(transcript.id, seen) }
  })
}

function parseQuestions({ questions }: Page, transcripts: Transcript[], report: Report): Question[] {
  const seen = new Map<string, number>()
  return questions.map(block => {
    const { id, line, lang, text, choices, coversPicture, marked, proofLines } = block
    const mistake = mistakeOf(block)
    if (mistake) report(mistake)
    const proof = transcripts.filter(({ line }) => proofLines.includes(line)).map(({ id }) => id)
    const right = marked[0] ?? ''
    return { id: idOnPage(id, seen), line, ...(lang && { lang }), text, choices, right, proof, coversPicture }
  })
}

function mistakeOf({ line, endLine, choices, marked, marks, proofLines }: QuestionBlock) {
  const ids = new Set<string>()
  const twice = choices.findIndex(({ id }) => ids.size === ids.add(id).size)
  if (choices.length < 2) {
    return {
      line,
      what: 'a question with fewer than two choices',
      todo: 'write them as a list, each behind `- `',
    }
  }
  if (choices.some(({ text }) => text === '')) {
    const todo = 'write it behind `- `; a number and a dot begin a list, so leave the dot away'
    return { line, what: 'a choice without text', todo }
  }
  if (twice >= 0)
    return {
      line,
      what: `the choice ${quote(choices[twice]!.text)} stands twice`,
      todo: 'leave one of them out',
    }
  if (marks.length === 0) {
    const todo = 'write <!-- right --> behind the one that the run shows'
    return { line: endLine, what: 'a question without a right answer', todo }
  }
  if (marks.length > 1) {
    const todo = `mark only one; line ${marks[0]} has one already`
    return { line: marks[1]!, what: 'a question with more than one right answer', todo }
  }
  if (marked.length === 0) {
    const todo = 'put it behind one of the choices'
    return { line: marks[0]!, what: '<!-- right --> that marks no choice', todo }
  }
  if (proofLines.length === 0) {
    const todo = 'put the commands that show the answer below it'
    return { line, what: 'a question that no transcript answers', todo }
  }
  return undefined
}

/** `PATH#REGION{LINES LANG} [TITLE]`, taken apart from the end: a path may hold blanks. */
function parseSnippet(text: string, line: number, report: Report): Snippet {
  const rest = text.replace(/(?<!\s)\s*\[[^[\]]+\]$/, '').replace(/(?<!\s)\s*\{[^{}]*\}$/, '')
  const [, path = '', region] = /^(.*?)(?:#([\w.-]+))?$/s.exec(rest.trim()) ?? []
  if (path === '') {
    report({ line, what: `no path in ${quote(`<<< ${text}`)}`, todo: 'write <<< @/../lessons/LESSON/FILE' })
  }
  return region === undefined ? { line, path } : { line, path, region }
}

const byLine = (a: Mistake, b: Mistake) => a.line - b.line

/** Only who teaches sees speaker notes: what is run, answered or met by readers would be missing for them. */
function reportSpeakers({ containers, fences }: Page, report: Report): void {
  for (const { name, rest, empty, line, endLine } of containers) {
    if (name !== 'speaker') continue
    const todo = 'put it above or below'
    if (rest) report({ line, what: `${quote(rest)} behind ::: speaker`, todo: 'write ::: speaker alone' })
    if (empty) report({ line, what: 'speaker notes without a word', todo: 'write them, or take them out' })
    for (const fence of fences)
      if (fence.line > line && fence.line < endLine && isTranscript(fence.info))
        report({ line: fence.line, what: 'a transcript in speaker notes, which readers do not see', todo })
    for (const inner of containers)
      if (inner.line > line && inner.line < endLine && READERS.includes(inner.name))
        report({ line: inner.line, what: `a ${inner.name} in speaker notes, which readers do not see`, todo })
  }
}

const READERS = ['check', 'predict', 'challenge']
