/** Run by terminal.test.ts, which ends it when it takes too long: writes into a terminal what it is given. */
import { createMirror } from '../../playground/terminal/mirror.ts'

const sequences: string[] = JSON.parse(process.argv[2]!)
for (const [index, sequence] of sequences.entries()) {
  const mirror = createMirror({ columns: 80, rows: 24 })
  // A full scrollback, which is dearer to move.
  mirror.write(`${'\r\n'.repeat(6000)}text`)
  const before = performance.now()
  mirror.write(evaluate(sequence))
  mirror.draw()
  console.log(index, Math.round(performance.now() - before))
  mirror.close()
}

/** `TEXT * COUNT`, put together with ` + `: a megabyte is no argument of a program. */
function evaluate(expression: string): string {
  return expression
    .split(' + ')
    .map(part => {
      const [text, count] = part.split(' * ')
      return text!.repeat(Number(count ?? 1))
    })
    .join('')
}
