/** Asks 100 times. It says that it will send nothing more, and reads until the server closes. */
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'

for (let i = 0; i < 100; i++) await ask()
console.log('100 answers')

// #region ask
async function ask(): Promise<string> {
  const connection = connect({ host: '127.0.0.1', port: 8083, allowHalfOpen: true })
  connection.end()
  return text(connection)
}
// #endregion ask
