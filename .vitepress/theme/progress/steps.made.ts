import { type Course, writtenLessons } from '../../../playground/course/course.ts'
import type { Lesson } from '../../../playground/format/lesson.ts'
import { type LessonSteps, shorten } from './progress.ts'

declare const data: Record<string, LessonSteps>

export { data }

/** What there is to do in each lesson, by its slug: known without its page. */
export function makeSteps(course: Course): Record<string, LessonSteps> {
  return Object.fromEntries(
    writtenLessons(course).flatMap(({ slug, page }) => {
      // None while the page holds a mistake: that is shown elsewhere.
      const lesson = page()?.lesson
      return lesson ? [[slug, stepsIn(lesson)]] : []
    }),
  )
}

function stepsIn({ transcripts, checks, questions }: Lesson): LessonSteps {
  return {
    fences: transcripts
      .filter(({ commands }) => commands.length > 0)
      .map(({ id, commands, lang, requires }) => ({
        id: shorten(id),
        commands: commands.length,
        lang,
        requires: requires.length > 0 ? requires : undefined,
      })),
    checks: checks.map(({ name, lang }) => ({ name, lang })),
    questions: questions.map(({ id, lang }) => ({ id, lang })),
  }
}
