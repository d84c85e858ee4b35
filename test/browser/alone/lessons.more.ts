/** The languages that `npm test` does not click. */
import './lessons.test.ts'
