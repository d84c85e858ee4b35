import { testLessons } from '../lesson-tests.ts'
import { ownLessons } from '../own-lessons.ts'

testLessons(await ownLessons({ alone: false }), 2)
