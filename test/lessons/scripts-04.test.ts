/** What the scripts of lesson 04 say to options they cannot use, and to a port that is taken. */
import { describeScripts } from '../harness/scripts.ts'

const server = ['--port', '--workers', '--work', '--block']
describeScripts('lessons/04-load-distribution', {
  own: { numbers: server, listens: true },
  shared: { numbers: server, listens: true },
  cluster: { numbers: server, listens: true },
  client: { numbers: ['--port', '--from-port', '--connections', '--requests'], connects: true },
  bounds: { numbers: ['--connections', '--workers'] },
  tail: { numbers: ['--port', '--requests'], listens: true },
  throughput: { numbers: ['--port', '--work', '--block'], listens: true },
})
