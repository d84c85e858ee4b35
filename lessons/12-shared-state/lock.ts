/** As race.ts, but only the worker that holds a lock reads and writes. */
import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readOptions, wholeNumber } from './options.ts'
import { meet, readCount, startWorkers, writeCount } from './workers.ts'

const { times } = readOptions({ times: wholeNumber(1, 1, 100_000) })

if (process.send) await work()
else {
  writeCount(0)
  await startWorkers()
  console.log(`${2 * times} additions, and the count is ${readCount()}`)
}

// #region work
async function work(): Promise<void> {
  await meet()
  for (let i = 0; i < times; i++) {
    const lock = takeLock()
    writeCount(readCount() + 1)
    closeSync(lock) // This releases it.
  }
}

/** Waits until nobody else holds the lock. */
function takeLock(): number {
  const file = openSync('count.lock', 'w')
  const { error, status } = spawnSync('flock', ['3'], {
    stdio: ['ignore', 'inherit', 'inherit', file],
  })
  if (status !== 0) throw error ?? new Error(`flock has ended with ${status}`)
  return file
}
// #endregion work
