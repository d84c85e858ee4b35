import { startDev } from '../browser/browser.ts'
import { testClicks } from '../browser/click-tests.ts'
import { ownLessons } from '../own-lessons.ts'

testClicks(await ownLessons({ alone: true }), startDev)
