/** What the scripts of lesson 03 say to options they cannot use, and to a port that is taken. */
import { describeScripts } from '../harness/scripts.ts'

describeScripts('lessons/03-bind-again', {
  server: { numbers: ['--port'], listens: true },
  client: { numbers: ['--port', '--connections'], connects: true },
})
