/** The languages that `npm test` does not run. */
import './challenges.test.ts'
