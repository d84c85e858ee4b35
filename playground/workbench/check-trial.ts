/** Whether a page's checks tell the truth: not met before anything has run, met at their places. */

import type { MachineReader } from '../machine/reader.ts'
import { watchMachine } from '../machine/watch.ts'
import type { CheckTrial, Judgement } from '../runner/trial.ts'
import { patience } from '../sandbox/patience.ts'
import type { Checks } from './checks.ts'

/** What a command has brought about is seen at the latest after this time. Milliseconds. */
const MET_WITHIN = 5000

export function createCheckTrial(reader: Pick<MachineReader, 'read'>, checks: Checks): CheckTrial {
  return {
    async begin(names) {
      if (names.length === 0) return []
      const judgements = await checks.judge(names, await reader.read())
      return names.filter(name => judgements[name]?.state === 'passed')
    },
    met(name) {
      return new Promise((resolve, reject) => {
        let last: Judgement = { state: 'waiting', observed: 'nothing was observed' }
        const timer = setTimeout(() => done(), patience(MET_WITHIN))
        const stop = watchMachine(
          reader,
          async machine => {
            last = (await checks.judge([name], machine))[name]!
            if (last.state === 'passed') done()
          },
          error => {
            clearTimeout(timer)
            reject(error)
          },
        )

        function done(): void {
          clearTimeout(timer)
          stop()
          resolve(last)
        }
      })
    },
  }
}
