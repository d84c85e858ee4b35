/** 400 visitors come at once. A ticket is valid if its number is 1 to 100, and nobody else has got the same one. */
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'

const start = performance.now()
const answers = await Promise.all(Array.from({ length: 400 }, () => text(connect(8094, '127.0.0.1'))))
const elapsed = Math.floor(performance.now() - start)

// #region count
const sold = answers.map(answer => answer.trim().split(' ')).filter(([word]) => word === 'worker')
const numbers = sold.map(([, , number]) => Number(number))
const valid = sold.filter((_, i) => {
  const number = numbers[i]!
  return number >= 1 && number <= 100 && numbers.filter(other => other === number).length === 1
})
// #endregion count

const counts = new Map<string, number>()
for (const [, pid] of valid) counts.set(`worker ${pid}`, (counts.get(`worker ${pid}`) ?? 0) + 1)
console.log(`${sold.length} tickets are sold; valid are:`)
for (const [worker, count] of counts) console.log(`${worker}  ${count}`)
console.log(`total  ${valid.length} in ${elapsed} ms`)
