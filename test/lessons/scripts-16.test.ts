/** What the scripts of lesson 16 say to options they cannot use, and to a port that is taken. */
import { describeScripts } from '../harness/scripts.ts'

describeScripts('lessons/16-other-servers', {
  own: { numbers: ['--port', '--workers'], listens: true },
  client: { numbers: ['--port', '--connections'], connects: true },
})
