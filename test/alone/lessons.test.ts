/** The pages that measure. To click them is to run them: where that can be done, it is not done twice. */
import { startBuilt } from '../browser/browser.ts'
import { testClicks } from '../browser/click-tests.ts'
import { testPage } from '../lesson-tests.ts'
import { findProgram } from '../needs.ts'
import { ownLessons } from '../own-lessons.ts'

const lessons = await ownLessons({ alone: true })
if (findProgram('chromium')) testClicks(lessons, startBuilt)
else for (const { page, lesson } of lessons) testPage(page, lesson)
