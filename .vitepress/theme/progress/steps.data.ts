import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { LessonError, parseLesson } from '../../../playground/format/lesson.ts'
import { type LessonSteps, shorten } from '../client/progress.ts'

declare const data: Record<string, LessonSteps>

export { data }

/** What there is to do in each lesson, by its slug: known without its page. Runs again when a lesson changes. */
export default {
  watch: ['../../../docs/lessons/*.md'],
  load(files: string[]): Record<string, LessonSteps> {
    return Object.fromEntries(
      files.filter(isLesson).flatMap(file => {
        const steps = stepsIn(file)
        return steps ? [[basename(file, '.md'), steps]] : []
      }),
    )
  },
}

function isLesson(file: string): boolean {
  return /^\d\d-[a-z0-9-]+\.md$/.test(basename(file))
}

/** Undefined while the page holds a mistake: that is shown elsewhere. */
function stepsIn(file: string): LessonSteps | undefined {
  try {
    const { transcripts, questions, checks } = parseLesson(readFileSync(file, 'utf8'), file)
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
  } catch (error) {
    if (error instanceof LessonError) return undefined
    throw error
  }
}
