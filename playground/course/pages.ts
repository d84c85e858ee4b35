/** Pages, parsed once for all who ask, and again when they have been saved. */
import { readFile } from 'node:fs/promises'
import { type Lesson, LessonError, type Mistake, parseLesson } from '../format/lesson.ts'

export interface Page {
  text: string
  /** Undefined while the page holds mistakes. */
  lesson?: Lesson
  mistakes: Mistake[]
}

/** By file, as it was given. */
const parsed = new Map<string, Page>()

/** As long as a file has the same text, it is parsed once. @param file path for messages */
export function parsePage(text: string, file: string): Page {
  const before = parsed.get(file)
  if (before?.text === text) return before
  const page = { text, ...outcomeOf(text, file) }
  parsed.set(file, page)
  return page
}

/** @throws LessonError; what `readFile` throws */
export async function readLesson(file: string): Promise<Lesson> {
  const { lesson, mistakes } = parsePage(await readFile(file, 'utf8'), file)
  if (!lesson) throw new LessonError(mistakes)
  return lesson
}

function outcomeOf(text: string, file: string): Omit<Page, 'text'> {
  try {
    return { lesson: parseLesson(text, file), mistakes: [] }
  } catch (error) {
    if (!(error instanceof LessonError)) throw error
    return { mistakes: error.mistakes }
  }
}
