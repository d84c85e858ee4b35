/** What the scripts of lesson 08 say to options they cannot use, and to a port that is taken. */
import { describeScripts } from '../harness/scripts.ts'

const server = ['--port', '--workers', '--work', '--block']
describeScripts('lessons/08-throughput', {
  shared: { numbers: server, listens: true },
  cluster: { numbers: server, listens: true },
  throughput: { numbers: ['--port', '--work', '--block'], listens: true },
})
