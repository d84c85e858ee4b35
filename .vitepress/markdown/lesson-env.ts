import type { Lesson, Mistake } from '../../playground/format/lesson.ts'

/** What the rules read while one page is rendered. The paths are VitePress's: the page, and what it is made from. */
export interface LessonEnv {
  path: string
  realPath?: string
  /** Undefined while the page holds mistakes. */
  lesson?: Lesson
  /** Path from the repository's folder, for messages. */
  file: string
  /** Those that no rule has shown yet. */
  mistakes: Mistake[]
  /** The same of warnings; none where they are not shown. */
  warnings: Mistake[]
  /** Lines of the file above the text that markdown-it sees: its frontmatter. */
  lineOffset: number
}
