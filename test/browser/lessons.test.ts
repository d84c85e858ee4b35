import { testLessons } from '../harness/lesson-tests.ts'
import { ownLessons } from '../harness/own-lessons.ts'

testLessons(await ownLessons({ alone: false }), 2)
