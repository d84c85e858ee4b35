/** As ../lessons.test.ts, for the pages that measure. */
import { testPage } from '../lesson-tests.ts'
import { ownLessons } from '../own-lessons.ts'

for (const { page, lesson } of await ownLessons({ alone: true })) testPage(page, lesson)
