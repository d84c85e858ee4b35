/** A lesson's checks: functions of the machine in its `checks.ts`, that say whether a step is done. */
import { pathToFileURL } from 'node:url'
import { createFresh } from './fresh.ts'
import type { CheckState, Machine } from './protocol.ts'

/**
 * True: it is met. A string: what was observed and what is missing, one sentence. `broken`: it cannot be met any
 * more in this sandbox, and why.
 */
export type Check = (machine: Machine) => true | string | { broken: string }

/** What one check says of one machine. */
export type Judgement = Omit<CheckState, 'at'>

export interface Checks {
  /** Names of the functions that the file exports; none where there is no file. Rejects as `judge` says. */
  exported(): Promise<string[]>
  /**
   * What these checks say of the machine, by name; the file as its author has saved it last. Never rejects: a file
   * that cannot be loaded and a check that throws are `waiting`, with the error's first line.
   */
  judge(names: readonly string[], machine: Machine): Promise<Record<string, Judgement>>
}

/** @param file the lesson's `checks.ts`, its author's and not the learner's: trusted code; need not exist */
export function openChecks(file: string): Checks {
  const load = createFresh(file, async stamp => {
    if (stamp === 'none') return {}
    // Node keeps what it has loaded; under another address it loads anew.
    const url = `${pathToFileURL(file)}?${stamp}`
    return (await import(/* @vite-ignore */ url).catch(fail)) as Record<string, unknown>
  })

  return {
    async exported() {
      const functions = await load()
      return Object.keys(functions).filter(name => typeof functions[name] === 'function')
    },
    async judge(names, machine) {
      const functions = await load().catch(error => error as Error)
      // A check that sorts its lists must not sort those of the page.
      const copy = structuredClone(machine)
      const entries = names.map(name => [name, judgeOne(functions, name, copy)] as const)
      return Object.fromEntries(entries)
    },
  }
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

function judgeOne(functions: Record<string, unknown> | Error, name: string, machine: Machine): Judgement {
  if (functions instanceof Error) return waiting(functions.message)
  const check = functions[functionOf(name)]
  if (typeof check !== 'function') return waiting(`checks.ts exports no function ${functionOf(name)}`)
  try {
    const said: unknown = (check as Check)(machine)
    if (said === true) return { state: 'passed' }
    if (typeof said === 'string') return waiting(said)
    const { broken } = Object(said)
    if (typeof broken === 'string') return { state: 'broken', observed: broken }
    return waiting(`checks.ts: ${functionOf(name)} returned ${kindOf(said)}; it must be true or a text`)
  } catch (error) {
    return waiting(`checks.ts: ${firstLine(error)}`)
  }
}

function waiting(observed: string): Judgement {
  return { state: 'waiting', observed }
}

function kindOf(value: unknown): string {
  return value instanceof Promise ? 'a promise' : typeof value === 'object' ? 'an object' : String(value)
}

function fail(error: unknown): never {
  throw new Error(`checks.ts cannot be loaded: ${firstLine(error)}`)
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.trim().split('\n')[0]!.trim()
}
