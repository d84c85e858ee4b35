/** Asks 100 times. An answer is over when the server closes the connection. */
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'

for (let i = 0; i < 100; i++) await ask()
console.log('100 answers')

// #region ask
async function ask(): Promise<string> {
  const connection = connect(8083, '127.0.0.1')
  return text(connection)
}
// #endregion ask
