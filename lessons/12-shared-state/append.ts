/** Two workers count by adding to the end of a file: a byte for each. */
import { closeSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { readOptions, wholeNumber } from './options.ts'
import { meet, startWorkers } from './workers.ts'

const { times } = readOptions({ times: wholeNumber(1, 1, 100_000) })

if (process.send) await work()
else {
  writeFileSync('visits', '')
  await startWorkers()
  console.log(`${2 * times} additions, and the count is ${statSync('visits').size}`)
}

// #region work
async function work(): Promise<void> {
  const file = openSync('visits', 'a') // O_APPEND
  await meet()
  for (let i = 0; i < times; i++) writeSync(file, '+')
  closeSync(file)
}
// #endregion work
