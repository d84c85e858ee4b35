/** A pool: opens 200 connections to port 8083, asks once on each of them, and keeps all of them open. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const SIZE = 200

// #region pool
const pool: Socket[] = []
while (pool.length < SIZE) {
  const { connection } = await open()
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
