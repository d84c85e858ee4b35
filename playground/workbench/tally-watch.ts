/** What programs in a workbench's panes say: the answers that clients have counted last, and ports refused. */

import type { Machine } from '../protocol.ts'
import type { Pane } from '../terminal/pane.ts'
import { createOutputTail } from './output-tail.ts'
import { countAnswers, countLost, saysRefused } from './tally.ts'

export interface AnswerWatch {
  /** Looks at what is printed in this pane from now on. */
  follow(pane: Pane): void
  /** What the client that has finished last says; none where none has. */
  latest(): Said
}

type Said = Pick<Machine, 'answers' | 'lost' | 'refused'>

/** Of a pane's output as much is kept. A client's counts take some hundred bytes. */
const KEPT_BYTES = 8 * 1024

/** Keeping it costs next to nothing; it is read when a command has ended, and when somebody asks. */
export function createAnswerWatch(): AnswerWatch {
  const looks = new Set<() => void>()
  let latest: Said = { answers: [] }
  let refused = 0

  return {
    follow(pane) {
      const tail = createOutputTail(KEPT_BYTES)
      let isNew = false
      let known = ''
      let runs = false

      pane.listen(event => {
        if (event.kind === 'output') {
          tail.push(event.bytes)
          isNew = true
        }
        if (event.kind === 'end') {
          look()
          // An empty line ends, too, and has printed nothing.
          if (runs && saysRefused(tail.text())) refused++
          runs = false
        }
        if (event.kind === 'closed') looks.delete(look)
        // What an earlier command has printed is not this one's.
        if (event.kind === 'start') {
          tail.clear()
          known = ''
          runs = true
        }
      })
      looks.add(look)

      function look(): void {
        if (!isNew) return
        isNew = false
        const text = tail.text()
        const answers = countAnswers(text, tail.isCut)
        const lost = countLost(text)
        const said = JSON.stringify({ answers, lost })
        if (!answers || said === known) return
        known = said
        latest = { answers, ...(lost !== undefined && { lost }) }
      }
    },
    latest() {
      for (const look of looks) look()
      return { ...latest, ...(refused > 0 && { refused }) }
    },
  }
}
