/** What is random, ten times as often. */
import './lesson.test.ts'
import './match.test.ts'
import './output.test.ts'
import './page.test.ts'
import './placeholder.test.ts'
