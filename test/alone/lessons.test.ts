/** The pages that measure: nothing may run beside them. */
import { testLessons } from '../harness/lesson-tests.ts'
import { ownLessons } from '../harness/own-lessons.ts'

testLessons(await ownLessons({ alone: true }), 1)
