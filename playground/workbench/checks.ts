/** A lesson's checks: functions of the machine in its `checks.ts`, that say whether a step is done. */
import { pathToFileURL } from 'node:url'
import type { CheckState, Machine } from '../protocol.ts'
import type { Judgement } from '../runner/trial.ts'
import { type CheckAnswer, type CheckProcess, shareCheckProcess } from './check-process.ts'
import { createFresh, stampOf } from './fresh.ts'

export interface Checks {
  /**
   * What these checks say of the machine, by name; the file as its author has saved it last. Never rejects: a file
   * that cannot be loaded, a check that throws and one that does not come back are `waiting`, with the reason.
   */
  judge(names: readonly string[], machine: Machine): Promise<Record<string, Judgement>>
  close(): Promise<void>
}

/** A check that did not come back is not asked again so soon: it would keep a core busy. Milliseconds. */
const ASK_AGAIN_MS = 10_000

/** By address and function; the same for all who have a lesson open. */
const stuck = new Map<string, { until: number; judgement: Judgement }>()

/**
 * They run in a process of their own, which starts with the first judgement: one that loops holds up nobody else.
 *
 * @param file the lesson's `checks.ts`, its author's and not the learner's: trusted code; need not exist
 */
export function openChecks(file: string): Checks {
  const shared = shareCheckProcess()
  const address = createFresh(file, async stamp => addressOf(file, stamp))

  return {
    async judge(names, machine) {
      const judgements: Record<string, Judgement> = {}
      const url = names.length > 0 && (await address())
      const now = performance.now()
      let left = names.filter(name => {
        const { until, judgement } = stuck.get(`${url} ${name}`) ?? {}
        if (judgement && until! > now) judgements[name] = judgement
        return !judgements[name]
      })
      while (left.length > 0) {
        if (!url) {
          for (const name of left)
            judgements[name] = waiting(`checks.ts exports no function ${functionOf(name)}`)
          break
        }
        const answer = await shared.ask({ url, functions: left.map(functionOf), machine })
        for (const [index, judgement] of answer.said.entries()) judgements[left[index]!] = judgement
        left = left.slice(answer.said.length)
        if (left.length === 0) break
        // What stops the file stops all of its checks.
        const about = answer.exported ? left.splice(0, 1) : left.splice(0)
        const judgement = waiting(answer.failed?.message ?? endOf(answer, functionOf(about[0]!)))
        for (const name of about) {
          judgements[name] = judgement
          if (answer.ended)
            stuck.set(`${url} ${name}`, { until: performance.now() + ASK_AGAIN_MS, judgement })
        }
      }
      return judgements
    },
    close: shared.close,
  }
}

/** @returns names of the functions that the file exports, none where there is no file; or why it cannot be loaded */
export async function exportsOf(
  file: string,
  shared: CheckProcess,
): Promise<string[] | { message: string; line?: number }> {
  const url = addressOf(file, await stampOf(file))
  if (!url) return []
  const answer = await shared.ask({ url, functions: [] })
  return answer.exported ?? answer.failed ?? { message: endOf(answer) }
}

/** What a page calls `two-listeners`, its `checks.ts` exports as `twoListeners`. */
export function functionOf(name: string): string {
  return name.replace(/-([a-z\d])/g, (_, letter: string) => letter.toUpperCase())
}

/**
 * Keeps what has passed: a step that was done stays done, until the sandbox starts over.
 *
 * @param names of the page's checks
 * @returns evaluates all of them; what they said last, with the moment at which each has passed
 */
export function createCheckStates(
  { judge }: Checks,
  names: () => Promise<readonly string[]>,
): (machine: Machine) => Promise<Record<string, CheckState>> {
  const passed = new Map<string, CheckState>()
  return async machine => {
    const all = await names()
    const judgements = await judge(
      all.filter(name => !passed.has(name)),
      machine,
    )
    for (const [name, judgement] of Object.entries(judgements))
      if (judgement.state === 'passed') passed.set(name, { state: 'passed', at: machine.at })
    return Object.fromEntries(all.map(name => [name, passed.get(name) ?? judgements[name]!]))
  }
}

/** Node keeps what it has loaded; under another address it loads anew. */
function addressOf(file: string, stamp: string): string | undefined {
  return stamp === 'none' ? undefined : `${pathToFileURL(file)}?${stamp}`
}

function endOf({ exported, begun, fresh, ended }: CheckAnswer, name?: string): string {
  if (exported) return `checks.ts: ${name} ${ended}`
  if (begun) return `checks.ts cannot be loaded: it ${ended}`
  if (fresh) return `the process for checks ${ended}`
  return `checks.ts: something that goes on after its checks have answered ${ended}`
}

function waiting(observed: string): Judgement {
  return { state: 'waiting', observed }
}
