/** Every transcript and check of every lesson, in every language it has, tells the truth on this kernel. */
import { ownPages } from '../playground/verify.ts'
import { readLesson } from '../playground/workbench.ts'
import { testPage } from './lesson-tests.ts'

for (const page of await ownPages()) {
  const lesson = await readLesson(page)
  if (!lesson.alone) testPage(page, lesson)
}
