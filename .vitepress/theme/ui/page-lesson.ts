import type { PageData } from 'vitepress'
import type { Lang } from '../../../playground/format/transcript.ts'

/** What a page's own JavaScript knows of its lesson: enough to lay out the workbench. */
export interface PageLesson {
  slug: string
  panes: string[]
  languages: Lang[]
  /** How long it takes. */
  minutes: number
}

/** Undefined on a page that is no lesson. */
export function lessonOn(page: PageData & { lesson?: PageLesson }): PageLesson | undefined {
  return page.lesson
}
