/**
 * Opens connections to 127.0.0.1:8080 at a steady rate, whatever has come of those before, and stops at the end. Says
 * that it begins, then prints a line for each answer: milliseconds from the start to when it was due, milliseconds that it took, its worker's pid.
 */
import { connect } from 'node:net'

const [rate, seconds] = process.argv.slice(2).map(Number) as [number, number]
const start = performance.now()
console.log('begins')

for (let index = 0; index < rate * seconds; index++) {
  const due = (index * 1000) / rate
  setTimeout(
    () => {
      const socket = connect(8080, '127.0.0.1')
      // Refused or reset: no answer.
      socket.on('error', () => {})
      socket.on('data', data => {
        const took = performance.now() - start - due
        console.log(`${due.toFixed(0)} ${took.toFixed(1)} ${/^worker (\d+)$/m.exec(String(data))?.[1]}`)
        socket.destroy()
      })
    },
    Math.max(1, start + due - performance.now()),
  )
}
setTimeout(() => process.exit(), seconds * 1000)
