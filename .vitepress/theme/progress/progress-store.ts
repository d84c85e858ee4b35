import { ref, shallowRef } from 'vue'
import { recall } from '../ui/remembered.ts'
import { data as moved } from './moved.made.ts'
import {
  type Answer,
  addFrom,
  followMoves,
  forgetAll,
  formatProgress,
  type LessonProgress,
  lessonIn,
  merge,
  NOTHING,
  type Progress,
  parseProgress,
} from './progress.ts'

/** The reader's progress, of all lessons; other tabs add to it. Replaced, never changed. */
export const progress = shallowRef<Progress>(NOTHING)
/** Why the browser does not keep it, or what became of what was kept, one sentence. */
export const storageNotice = ref('')

const NAME = 'playground-progress'
let isRecalled = false

/** Reads what is stored, and follows what other tabs store. To be called in `onMounted`; once is enough. */
export function recallProgress(): void {
  if (isRecalled) return
  isRecalled = true
  progress.value = merge(progress.value, readStored())
  addEventListener('storage', ({ key, newValue }) => {
    // `null` is that the reader has cleared all that this site keeps.
    if (key === null || (key === NAME && newValue === null)) progress.value = NOTHING
    else if (key === NAME) progress.value = merge(progress.value, readStored())
  })
}

export function commandPassed(slug: string, fence: string, command: number): void {
  const name = `${fence}/${command}`
  if (command < 0 || Object.hasOwn(lessonIn(progress.value, slug).commands, name)) return
  changeLesson(slug, lesson => ({ ...lesson, commands: { ...lesson.commands, [name]: Date.now() } }))
}

export function checkPassed(slug: string, name: string, at = Date.now()): void {
  if (Object.hasOwn(lessonIn(progress.value, slug).checks, name)) return
  changeLesson(slug, lesson => ({ ...lesson, checks: { ...lesson.checks, [name]: at } }))
}

/** The reader's answer: the one before the run, as long as nothing is shown. */
export function pick(slug: string, question: string, choice: string): void {
  changeAnswer(slug, question, answer => ({
    ...answer,
    [answer.shown === undefined ? 'before' : 'after']: { choice, at: Date.now() },
  }))
}

/** The reader sees what the kernel does. */
export function show(slug: string, question: string): void {
  if (lessonIn(progress.value, slug).answers[question]?.shown !== undefined) return
  changeAnswer(slug, question, answer => ({ ...answer, shown: Date.now() }))
}

export function forgetProgress(): void {
  change(forgetAll)
}

/**
 * Adds what a file says.
 *
 * @throws {Error} one sentence for the reader; nothing is changed then
 */
export function importProgress(text: string): void {
  const file = followMoves(parseProgress(text), moved)
  change(before => addFrom(file, before))
}

function changeAnswer(slug: string, question: string, make: (answer: Answer) => Answer): void {
  changeLesson(slug, lesson => ({
    ...lesson,
    answers: { ...lesson.answers, [question]: make(lesson.answers[question] ?? {}) },
  }))
}

function changeLesson(slug: string, make: (lesson: LessonProgress) => LessonProgress): void {
  change(before => ({ ...before, lessons: { ...before.lessons, [slug]: make(lessonIn(before, slug)) } }))
}

/** What another tab has stored meanwhile is in it before it is written. */
function change(make: (before: Progress) => Progress): void {
  progress.value = make(merge(progress.value, readStored()))
  try {
    localStorage.setItem(NAME, formatProgress(progress.value))
  } catch {
    storageNotice.value =
      'This browser keeps nothing for this site: your progress is gone when you close the page.'
  }
}

function readStored(): Progress {
  const text = recall(NAME)
  if (text === undefined) return NOTHING
  try {
    return followMoves(parseProgress(text), moved)
  } catch (error) {
    setAside(text, (error as Error).message)
    return NOTHING
  }
}

/** What cannot be read is not written over. */
function setAside(text: string, why: string): void {
  const aside = `${NAME}-unreadable-${Date.now()}`
  try {
    localStorage.setItem(aside, text)
    localStorage.removeItem(NAME)
    storageNotice.value = `${why} It is kept in this browser as \`${aside}\`, and counting begins anew.`
  } catch {
    storageNotice.value = why
  }
}
