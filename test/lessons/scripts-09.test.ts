/** What the scripts of lesson 09 say to options they cannot use, and to a port that is taken. */
import { describeScripts } from '../harness/scripts.ts'

describeScripts('lessons/09-fault-tolerance', {
  own: { numbers: ['--port', '--workers'], listens: true },
  client: { numbers: ['--port', '--connections'], connects: true },
})
