/** The pages that measure: nothing may run beside them. */
import { testLessons } from '../lesson-tests.ts'
import { ownLessons } from '../own-lessons.ts'

testLessons(await ownLessons({ alone: true }), 1)
