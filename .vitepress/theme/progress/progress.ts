import { SLUG } from '../../../playground/format/slug.ts'

/**
 * What a reader has done, and what has been asked and answered. Pure.
 *
 * Everything is named by its content, so an edit of a lesson takes away only what it has changed. `merge` is made so
 * that two tabs, or a file and a browser, may put theirs together in any order and as often as they like.
 */
export interface Progress {
  /** Counts how often everything was forgotten: what is older than that does not come back. */
  era: number
  /** By the lesson's slug. */
  lessons: Record<string, LessonProgress>
}

/** Times are milliseconds since 1970. */
export interface LessonProgress {
  /** `FENCE/COMMAND`: when it first did what the page says. */
  commands: Record<string, number>
  /** By name: when it was first met. */
  checks: Record<string, number>
  /** By the question's id. */
  answers: Record<string, Answer>
}

export interface Answer {
  /** What the reader expected before the run. */
  before?: Pick
  /** What the reader says since. */
  after?: Pick
  /** When the reader first saw what the kernel does. */
  shown?: number
}

interface Pick {
  /** Id of a choice. */
  choice: string
  at: number
}

/** What there is to do in a lesson. */
export interface LessonSteps {
  /** Beginnings of the fences' ids, each with its number of commands; `lang` where not all readers see it. */
  fences: { id: string; commands: number; lang?: string; requires?: string[] }[]
  checks: { name: string; lang?: string }[]
  questions: { id: string; lang?: string }[]
}

export interface Share {
  done: number
  total: number
}

export interface Count extends Share {
  commands: Share
  checks: Share
  /** Those that were met: answered, or seen the answer of. */
  questions: Share
  /** Of them, answered before the run. */
  predicted: number
}

export const NOTHING: Progress = { era: 0, lessons: {} }
const EMPTY: LessonProgress = { commands: {}, checks: {}, answers: {} }
const VERSION = 1
/** Of a fence's id, as `LessonSteps` has it: enough to tell those of one lesson apart. */
export const ID_DIGITS = 6

export function lessonIn(progress: Progress, slug: string): LessonProgress {
  return progress.lessons[slug] ?? EMPTY
}

/** What both know. Of two picks the later one holds, of two moments the earlier one. */
export function merge(one: Progress, other: Progress): Progress {
  if (one.era !== other.era) return one.era > other.era ? one : other
  return { era: one.era, lessons: union(one.lessons, other.lessons, mergeLessons) }
}

function mergeLessons(one: LessonProgress, other: LessonProgress): LessonProgress {
  return {
    commands: union(one.commands, other.commands, Math.min),
    checks: union(one.checks, other.checks, Math.min),
    answers: union(one.answers, other.answers, mergeAnswers),
  }
}

function mergeAnswers(one: Answer, other: Answer): Answer {
  return union(one as Required<Answer>, other as Required<Answer>, (a, b) => {
    if (typeof a === 'number' || typeof b === 'number') return Math.min(a as number, b as number)
    return later(a, b)
  }) as Answer
}

function later(one: Pick, other: Pick): Pick {
  if (one.at !== other.at) return one.at > other.at ? one : other
  return one.choice > other.choice ? one : other
}

function union<T>(
  one: Record<string, T>,
  other: Record<string, T>,
  both: (a: T, b: T) => T,
): Record<string, T>
function union<T extends object>(one: T, other: T, both: (a: T[keyof T], b: T[keyof T]) => T[keyof T]): T
function union<T>(
  one: Record<string, T>,
  other: Record<string, T>,
  both: (a: T, b: T) => T,
): Record<string, T> {
  const result = { ...one }
  for (const [name, value] of Object.entries(other)) {
    result[name] = Object.hasOwn(one, name) ? both(one[name]!, value) : value
  }
  return result
}

/**
 * With what was done in lessons that have moved or were divided since. Everything is named by its content, so each
 * of the new ones takes all, and what is another's counts for nothing.
 *
 * @param moved the slugs that a lesson had before, by the one it has
 */
export function followMoves(progress: Progress, moved: Record<string, string[]>): Progress {
  const lessons = { ...progress.lessons }
  for (const [slug, was] of Object.entries(moved)) {
    for (const old of was) {
      const done = progress.lessons[old]
      if (done) lessons[slug] = mergeLessons(lessons[slug] ?? EMPTY, done)
    }
  }
  return { ...progress, lessons }
}

export function forgetAll({ era }: Progress): Progress {
  return { era: era + 1, lessons: {} }
}

/** What a file says, added to what there is, whatever was forgotten since it was written. */
export function addFrom(file: Progress, progress: Progress): Progress {
  return merge(progress, { ...file, era: progress.era })
}

/** How far a reader of this language is; what needs a program that this machine lacks is left out. */
export function countSteps(
  steps: LessonSteps,
  done: LessonProgress,
  lang: string,
  missing: string[] = [],
): Count {
  const isSeen = (step: { lang?: string }) => step.lang === undefined || step.lang === lang
  const isThere = ({ requires = [] }: { requires?: string[] }) =>
    !requires.some(name => missing.includes(name))
  const passed = new Set(Object.keys(done.commands).map(shorten))
  const commands = steps.fences
    .filter(fence => isSeen(fence) && isThere(fence))
    .flatMap(({ id, commands }) =>
      Array.from({ length: commands }, (_, index) => passed.has(`${id}/${index}`)),
    )
  const questions = steps.questions.filter(isSeen)
  const shares = {
    commands: shareOf(commands),
    checks: shareOf(steps.checks.filter(isSeen).map(({ name }) => Object.hasOwn(done.checks, name))),
    questions: shareOf(questions.map(({ id }) => Object.hasOwn(done.answers, id))),
  }
  const all = Object.values(shares)
  const sum = (which: keyof Share) => all.reduce((before, share) => before + share[which], 0)
  const predicted = questions.filter(({ id }) => done.answers[id]?.before).length
  return { ...shares, predicted, done: sum('done'), total: sum('total') }
}

/** `0123456789-2/1` is `012345-2/1` in `LessonSteps`. */
export function shorten(id: string): string {
  return id.slice(0, ID_DIGITS) + id.slice(10)
}

function shareOf(steps: boolean[]): Share {
  return { done: steps.filter(Boolean).length, total: steps.length }
}

export function formatProgress(progress: Progress): string {
  return JSON.stringify({ version: VERSION, ...progress })
}

/**
 * The reverse of `formatProgress`, for text that may come from anywhere.
 *
 * @throws {Error} one sentence for the reader
 */
export function parseProgress(text: string): Progress {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new Error('This is not a file of progress: it is not JSON.')
  }
  if (!isRecord(json) || !isRecord(json.lessons)) {
    throw new Error('This is not a file of progress: it has no lessons.')
  }
  if (json.version !== VERSION) {
    const version = JSON.stringify(json.version)
    throw new Error(`This progress has version ${version}, and this site reads version ${VERSION}.`)
  }
  const era = Number.isSafeInteger(json.era) && (json.era as number) >= 0 ? (json.era as number) : 0
  const lessons = recordOf(json.lessons, 'lessons', SLUG, (lesson, where) => {
    if (!isRecord(lesson)) throw unreadable(where)
    return {
      commands: recordOf(lesson.commands, `${where}.commands`, /^[0-9a-f]{10}(-\d{1,3})?\/\d{1,3}$/, timeOf),
      checks: recordOf(lesson.checks, `${where}.checks`, /^[a-z][a-z0-9-]{0,63}$/, timeOf),
      answers: recordOf(lesson.answers, `${where}.answers`, /^[0-9a-f]{8}(-\d{1,3})?$/, answerOf),
    }
  })
  return { era, lessons }
}

function recordOf<T>(
  value: unknown,
  where: string,
  names: RegExp,
  read: (value: unknown, where: string) => T,
): Record<string, T> {
  if (!isRecord(value)) throw unreadable(where)
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      if (!names.test(name)) throw unreadable(`${where}.${name}`)
      return [name, read(each, `${where}.${name}`)]
    }),
  )
}

function answerOf(value: unknown, where: string): Answer {
  if (!isRecord(value)) throw unreadable(where)
  const pick = (name: 'before' | 'after') => {
    const picked = value[name]
    if (picked === undefined) return {}
    if (!isRecord(picked) || typeof picked.choice !== 'string' || !/^[0-9a-f]{8,400}$/.test(picked.choice))
      throw unreadable(`${where}.${name}`)
    return { [name]: { choice: picked.choice, at: timeOf(picked.at, `${where}.${name}.at`) } }
  }
  const shown = value.shown === undefined ? {} : { shown: timeOf(value.shown, `${where}.shown`) }
  return { ...pick('before'), ...pick('after'), ...shown }
}

function timeOf(value: unknown, where: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw unreadable(where)
  return value as number
}

function unreadable(where: string): Error {
  return new Error(`This progress cannot be read at ${where.slice(0, 120)}.`)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
