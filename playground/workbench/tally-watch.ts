/** The answers that clients in a workbench's panes have counted last. */

import type { Machine } from '../protocol.ts'
import type { Pane } from '../terminal/pane.ts'
import { countAnswers } from './tally.ts'

export interface AnswerWatch {
  /** Looks at what is printed in this pane from now on. */
  follow(pane: Pane): void
  /** What the client that has finished last says; none where none has. */
  latest(): Machine['answers']
}

/** Of a pane's output as much is kept. A client's counts take some hundred bytes. */
const KEPT_BYTES = 8 * 1024

/** Keeping it costs next to nothing; it is read when a command has ended, and when somebody asks. */
export function createAnswerWatch(): AnswerWatch {
  const looks: (() => void)[] = []
  let latest: Machine['answers'] = []

  return {
    follow(pane) {
      let chunks: Buffer[] = []
      let kept = 0
      let cut = false
      let isNew = false
      let known = ''

      pane.listen(event => {
        if (event.kind === 'output') keep(event.bytes)
        if (event.kind === 'end') look()
        // What an earlier command has printed is not this one's.
        if (event.kind === 'start') clear()
      })
      looks.push(look)

      function keep(bytes: Buffer): void {
        chunks.push(bytes)
        kept += bytes.length
        isNew = true
        while (kept - chunks[0]!.length >= KEPT_BYTES) {
          kept -= chunks.shift()!.length
          cut = true
        }
      }

      function clear(): void {
        chunks = []
        kept = 0
        cut = false
        known = ''
      }

      function look(): void {
        if (!isNew) return
        isNew = false
        const answers = countAnswers(Buffer.concat(chunks).toString(), cut)
        const text = JSON.stringify(answers)
        if (!answers || text === known) return
        known = text
        latest = answers
      }
    },
    latest() {
      for (const look of looks) look()
      return latest
    },
  }
}
