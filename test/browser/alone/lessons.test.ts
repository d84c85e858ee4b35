/** The pages that measure: nothing may run beside them. */

import { ownLessons } from '../../harness/own-lessons.ts'
import { testLessons } from '../lesson-tests.ts'

testLessons(await ownLessons({ alone: true }), 1)
