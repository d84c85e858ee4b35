/** What is random, and what is a flood, ten times as much. */
import './fuzz.test.ts'
import './history.test.ts'
import './pane.test.ts'
