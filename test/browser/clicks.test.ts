import { ownLessons } from '../own-lessons.ts'
import { startBuilt } from './browser.ts'
import { testClicks } from './click-tests.ts'

testClicks(await ownLessons({ alone: false }), startBuilt)
