import { type Course, writtenLessons } from '../../../playground/course/course.ts'
import type { Question } from '../../../playground/format/question.ts'
import { seal } from '../../../playground/format/seal.ts'

/** A lesson and what it asks. */
export interface Asked {
  slug: string
  /** Two digits. */
  number: string
  title: string
  link: string
  /** `right` is sealed: see playground/format/seal.ts. None while the page holds a mistake: that is shown elsewhere. */
  questions: Pick<Question, 'id' | 'text' | 'choices' | 'right'>[]
}

declare const data: Asked[]

export { data }

export function makeQuestions(course: Course): Asked[] {
  return writtenLessons(course).map(({ slug, number, title, link, page }) => {
    const questions = page()?.lesson?.questions ?? []
    const sealed = questions.map(({ id, text, choices, right }) => {
      return { id, text, choices: choices.map(({ id, text }) => ({ id, text })), right: seal(id, right) }
    })
    return { slug, number, title, link, questions: sealed }
  })
}
