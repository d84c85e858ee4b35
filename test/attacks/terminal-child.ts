/** Run by terminal.test.ts, which ends it when it takes too long: writes into a terminal what it is given. */
import { createMirror } from '../../playground/terminal/mirror.ts'

export interface Task {
  sequences: string[]
  /** In one terminal, drawn at the end; else in one for each. */
  together: boolean
}

const { sequences, together }: Task = JSON.parse(process.argv[2]!)
let mirror = createFull()
for (const [index, sequence] of sequences.entries()) {
  const before = process.cpuUsage()
  mirror.write(evaluate(sequence))
  if (!together || index === sequences.length - 1) mirror.draw()
  const { user, system } = process.cpuUsage(before)
  console.log(index, Math.round((user + system) / 1000))
  if (together) continue
  mirror.close()
  mirror = createFull()
}

/** With a full scrollback, which is dearer to move. */
function createFull() {
  const created = createMirror({ columns: 80, rows: 24 })
  created.write(`${'\r\n'.repeat(6000)}text`)
  return created
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
