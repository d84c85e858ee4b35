/** As ../lessons.test.ts, for the pages that measure: vitest.config.ts runs nothing else beside them. */
import { ownPages } from '../../playground/verify.ts'
import { readLesson } from '../../playground/workbench.ts'
import { testPage } from '../lesson-tests.ts'

for (const page of await ownPages()) {
  const lesson = await readLesson(page)
  if (lesson.alone) testPage(page, lesson)
}
