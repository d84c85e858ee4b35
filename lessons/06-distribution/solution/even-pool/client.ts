/** A pool: keeps 200 connections to port 8083 open, and to each of the eight workers as many. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const SIZE = 200
const WORKERS = 8

// #region pool
const pool: Socket[] = []
const counts = new Map<string, number>()
while (pool.length < SIZE) {
  const { connection, worker } = await open()
  const count = (counts.get(worker) ?? 0) + 1
  if (count > SIZE / WORKERS) {
    connection.destroy() // This worker has enough of them.
    continue
  }
  counts.set(worker, count)
  pool.push(connection)
}
// #endregion pool
console.log(`${pool.length} connections are open`)

/** Resolves with a connection, and with the worker that has it. */
async function open(): Promise<{ connection: Socket; worker: string }> {
  const connection = connect(8083, '127.0.0.1').setEncoding('utf8')
  connection.write('\n')
  const [answer] = await once(connection, 'data')
  return { connection, worker: answer.trim() }
}
