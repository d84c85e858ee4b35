/** Two workers count in a database. */
import { rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { oneOf, readOptions, wholeNumber } from './options.ts'
import { meet, startWorkers } from './workers.ts'

const { times, how } = readOptions({
  times: wholeNumber(1, 1, 100_000),
  how: oneOf('update', 'select', 'transaction'),
})

if (process.send) await work()
else {
  for (const end of ['', '-wal', '-shm']) rmSync(`count.db${end}`, { force: true })
  const database = open()
  database.exec('CREATE TABLE counts (n INTEGER NOT NULL)')
  database.exec('INSERT INTO counts VALUES (0)')
  await startWorkers()
  const row = database.prepare('SELECT n FROM counts').get()
  console.log(`${2 * times} additions, and the count is ${row?.n}`)
}

async function work(): Promise<void> {
  const database = open()
  if (how === 'update') await update(database)
  if (how === 'select') await select(database)
  if (how === 'transaction') await transaction(database)
}

// #region open
function open(): DatabaseSync {
  // Who finds it locked waits, a minute at most.
  const database = new DatabaseSync('count.db', { timeout: 60_000 })
  database.exec('PRAGMA journal_mode = WAL')
  database.exec('PRAGMA synchronous = NORMAL')
  return database
}
// #endregion open

// #region update
async function update(database: DatabaseSync): Promise<void> {
  const add = database.prepare('UPDATE counts SET n = n + 1')
  await meet()
  for (let i = 0; i < times; i++) add.run()
}
// #endregion update

// #region select
async function select(database: DatabaseSync): Promise<void> {
  const read = database.prepare('SELECT n FROM counts')
  const write = database.prepare('UPDATE counts SET n = ?')
  for (let i = 0; i < times; i++) {
    const count = Number(read.get()?.n)
    if (i === 0) await meet() // Both have read.
    write.run(count + 1)
  }
}
// #endregion select

// #region transaction
async function transaction(database: DatabaseSync): Promise<void> {
  const read = database.prepare('SELECT n FROM counts')
  const write = database.prepare('UPDATE counts SET n = ?')
  await meet()
  for (let i = 0; i < times; i++) {
    // From here on, nobody else writes.
    database.exec('BEGIN IMMEDIATE')
    const count = Number(read.get()?.n)
    write.run(count + 1)
    database.exec('COMMIT')
  }
}
// #endregion transaction
