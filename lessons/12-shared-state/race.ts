/** Two workers read a count from a file, add 1, and write it back. Nothing keeps them apart. */
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
  for (let i = 0; i < times; i++) {
    const count = readCount()
    if (i === 0) {
      console.log(`worker ${process.pid} has read ${count}`)
      // Goes on when both have read.
      await meet()
      console.log(`worker ${process.pid} writes ${count + 1}`)
    }
    writeCount(count + 1)
  }
}
// #endregion work
