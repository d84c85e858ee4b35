import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LessonError, parseLesson } from '../../../playground/format/lesson.ts'
import type { Question } from '../../../playground/format/question.ts'
import { seal } from '../../../playground/format/seal.ts'
import { readLessons } from '../../navigation.ts'

/** A lesson and what it asks. */
export interface Asked {
  slug: string
  /** Two digits. */
  number: string
  title: string
  link: string
  /** `right` is sealed: see playground/format/seal.ts. */
  questions: Pick<Question, 'id' | 'text' | 'choices' | 'right'>[]
}

declare const data: Asked[]

export { data }

const docs = join(import.meta.dirname, '../../../docs')

/** Runs when the site is built, and again when a lesson changes. */
export default {
  watch: ['../../../docs/lessons/*.md'],
  load(): Asked[] {
    return readLessons(docs).map(({ number, title, link }) => {
      const slug = link.replace(/^.*\//, '')
      return { slug, number, title, link, questions: questionsIn(join(docs, `${link}.md`)) }
    })
  },
}

/** None while the page holds a mistake: that is shown elsewhere. */
function questionsIn(file: string): Asked['questions'] {
  if (!existsSync(file)) return []
  try {
    const { questions } = parseLesson(readFileSync(file, 'utf8'), file)
    return questions.map(({ id, text, choices, right }) => ({ id, text, choices, right: seal(id, right) }))
  } catch (error) {
    if (error instanceof LessonError) return []
    throw error
  }
}
