/** Every transcript and check of every lesson, in every language it has, tells the truth on this kernel. */
import { testPage } from './lesson-tests.ts'
import { ownLessons } from './own-lessons.ts'

for (const { page, lesson } of await ownLessons({ alone: false })) testPage(page, lesson)
