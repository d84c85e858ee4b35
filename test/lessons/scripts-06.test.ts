/** What the scripts of lesson 06 say to options they cannot use, and to a port that is taken. */
import { describeScripts } from '../harness/scripts.ts'

describeScripts('lessons/06-distribution', {
  own: { numbers: ['--port', '--workers', '--work', '--block'], listens: true },
  client: { numbers: ['--port', '--from-port', '--connections', '--requests'], connects: true },
  bounds: { numbers: ['--connections', '--workers'] },
})
