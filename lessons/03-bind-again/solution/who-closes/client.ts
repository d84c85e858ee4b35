/** Asks 100 times. An answer is over at the end of its line; then the client closes. */
import { connect } from 'node:net'

for (let i = 0; i < 100; i++) await ask()
console.log('100 answers')

// #region ask
async function ask(): Promise<string> {
  let answer = ''
  for await (const piece of connect(8083, '127.0.0.1').setEncoding('utf8')) {
    answer += piece
    if (answer.endsWith('\n')) break // Leaving the loop closes the connection.
  }
  return answer
}
// #endregion ask
