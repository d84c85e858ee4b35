/** What the scripts of this lesson share: two workers that add at the same time, and a count in a file. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'

/** In the parent: starts two workers, and resolves when both have ended. */
export async function startWorkers(): Promise<void> {
  const workers = [1, 2].map(() => fork(process.argv[1]!, process.argv.slice(2)))
  for (const worker of workers) {
    worker.once('exit', status => {
      if (status !== 0) process.exit(1) // It has said why.
    })
  }
  const ended = workers.map(worker => once(worker, 'exit'))
  await Promise.all(workers.map(worker => once(worker, 'message')))
  for (const worker of workers) worker.send('go on')
  await Promise.all(ended)
}

// #region meet
/** Waits until the other worker is here, too. */
export async function meet(): Promise<void> {
  process.send?.('I am here')
  await once(process, 'message')
}
// #endregion meet

// #region file
export function readCount(): number {
  return Number(readFileSync('count', 'utf8'))
}

/** Others read the old number or the new one. */
export function writeCount(count: number): void {
  const file = `count.${process.pid}`
  writeFileSync(file, `${count}\n`)
  renameSync(file, 'count')
}
// #endregion file
