/** Somebody's old service, on port 8090: when it is ended, it is there again. */
import { fork } from 'node:child_process'
import { createServer } from 'node:net'

process.title = 'squatter'

// #region again
if (process.send) {
  createServer(connection => {
    connection.on('error', () => {})
    connection.end('an old service\n')
  }).listen(8090, '127.0.0.1')
} else start()

function start(): void {
  fork(import.meta.filename).once('exit', start)
}
// #endregion again
