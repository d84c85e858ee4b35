/** Whether a page's checks tell the truth: not met before anything has run, met at their places. */

import type { CheckPlace } from '../format/check.ts'
import type { MachineReader } from '../machine/reader.ts'
import { watchMachine } from '../machine/watch.ts'
import type { ResultState } from '../runner/runner.ts'
import type { Checks, Judgement } from './checks.ts'

/** What came of one check. */
export interface CheckResult {
  check: CheckPlace
  state: ResultState
  /** Why it failed, with what was observed. */
  message?: string
  /** Why it was skipped. */
  reason?: string
}

export interface CheckTrial {
  /** Before the first command of the page. @returns names of those that are met already, which is wrong */
  begin(names: readonly string[]): Promise<string[]>
  /** At its place: waits until it is met; what it said last where that takes too long. */
  met(name: string): Promise<Judgement>
}

/** What a command has brought about is seen at the latest after this time. Milliseconds. */
const MET_WITHIN = 5000

/** @param reader asked for when there is a check to try */
export function createCheckTrial(reader: () => MachineReader, checks: Checks): CheckTrial {
  return {
    async begin(names) {
      if (names.length === 0) return []
      const judgements = await checks.judge(names, await reader().read())
      return names.filter(name => judgements[name]?.state === 'passed')
    },
    met(name) {
      return new Promise((resolve, reject) => {
        let last: Judgement = { state: 'waiting', observed: 'nothing was observed' }
        const timer = setTimeout(() => done(), MET_WITHIN)
        const stop = watchMachine(
          reader(),
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
