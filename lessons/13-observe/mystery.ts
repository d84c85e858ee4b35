/** Four workers, and one of them falls ill at its first connection. Which one, and how, is picked at random. */
import { fork } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { readSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { oneOf, readOptions, wholeNumber } from './options.ts'
import { answer, beginParent, beginWorker, sayReady, waitFor } from './workers.ts'

type Fault = (typeof FAULTS)[number]

const WORKERS = 4
const FAULTS = ['stopped', 'spinning', 'waiting', 'forgetful'] as const
/** The descriptor of a pipe that nobody writes to. */
const PIPE = 4
/** What a forgetful worker holds: a connection that nothing refers to would be closed. */
const kept: Socket[] = []

const { host, port, fault } = readOptions({
  host: '127.0.0.1',
  port: wholeNumber(8080, 1, 65535),
  fault: oneOf<Fault>(...FAULTS),
})

if (process.send) work()
else startWorkers()

function startWorkers(): void {
  beginParent('mystery')
  const ill = randomInt(WORKERS)
  for (let i = 0; i < WORKERS; i++) {
    const worker = fork(import.meta.filename, ['--host', host, '--port', String(port)], {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc', 'pipe'],
    })
    waitFor(worker)
    // Not as an option: `ps` would tell.
    worker.send(i === ill ? fault : 'none')
    worker.once('exit', () => {
      const was = i === ill ? `it was the ill one: ${fault}` : 'it was well'
      console.log(`worker ${worker.pid} has ended; ${was}`)
    })
  }
}

function work(): void {
  beginWorker()
  process.once('message', (name: Fault | 'none') => {
    let serve = name === 'none' ? answer : fallIll
    // Nothing is read from a connection until somebody answers it.
    const server = createServer({ pauseOnConnect: true }, connection => serve(connection))
    server.on('listening', () => sayReady(server))
    server.listen({ host, port, reusePort: true })

    // #region faults
    function fallIll(connection: Socket): void {
      switch (name) {
        // Whoever lets it go on has cured it.
        case 'stopped':
          serve = answer
          process.kill(process.pid, 'SIGSTOP')
          answer(connection)
          break
        // It computes for ever.
        case 'spinning':
          for (;;);
        // It waits for data from a pipe, and none will come.
        case 'waiting':
          readSync(PIPE, Buffer.alloc(1))
          break
        // It accepts connections, and forgets to answer.
        case 'forgetful':
          kept.push(connection)
      }
    }
    // #endregion faults
  })
}
