/** What is random, ten times as often. */
import './update.test.ts'
