import { ownLessons } from '../harness/own-lessons.ts'
import { testLessons } from './lesson-tests.ts'

testLessons(await ownLessons({ alone: false }), 2)
