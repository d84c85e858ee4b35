/** What the scripts of lesson 05 say to options they cannot use, and to a port that is taken. */
import { describeScripts } from '../harness/scripts.ts'

describeScripts('lessons/05-parent-and-workers', {
  'ends-with-parent': { numbers: ['--port', '--workers'], listens: true },
  client: { numbers: ['--port', '--connections'], connects: true },
})
