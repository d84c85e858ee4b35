/** What runs in the process for checks: loads a `checks.ts`, asks its functions, and says each answer at once. */
import { closeSync, readdirSync, readlinkSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Check, Machine } from '../check-kit.ts'
import type { Judgement } from '../runner/trial.ts'

/** What it is asked. */
export interface CheckRequest {
  /** Of the `checks.ts`; another one has it loaded anew. */
  url: string
  /** Of the functions to ask. */
  functions: readonly string[]
  machine?: Machine
}

/** What it says meanwhile, in this order. */
export type CheckReply =
  | { type: 'begun' }
  | { type: 'loaded'; exported: string[] }
  | { type: 'failed'; message: string; line?: number }
  | { type: 'said'; judgement: Judgement }

/** An answer is one sentence. Characters. */
const LONGEST = 1000

// The terminals of lessons, which Node hands on: what is held here would not end with its lesson.
for (const fd of readdirSync('/proc/self/fd')) if (isTerminal(fd)) closeSync(Number(fd))

// A `checks.ts` of a folder elsewhere means this package, too, whether or not one is installed there.
registerHooks({
  resolve(specifier, context, next) {
    const isOurs = specifier.startsWith('reuseport-playground/')
    return next(specifier, isOurs ? { ...context, parentURL: import.meta.url } : context)
  },
})
process.on('disconnect', () => process.exit())
process.on('message', async ({ url, functions, machine }: CheckRequest) => {
  const file = fileURLToPath(url)
  reply({ type: 'begun' })
  let loaded: Record<string, unknown>
  try {
    loaded = await import(url)
  } catch (error) {
    const message = cut(`checks.ts cannot be loaded: ${firstLine(error)}`)
    reply({ type: 'failed', message, line: lineOf(error, file) })
    return
  }
  reply({ type: 'loaded', exported: Object.keys(loaded).filter(name => typeof loaded[name] === 'function') })
  for (const name of functions)
    reply({ type: 'said', judgement: judgeOne(loaded[name], name, machine!, file) })
})

/** The side of it that a server has. */
function isTerminal(fd: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).endsWith('/ptmx')
  } catch {
    // What listed the folder is closed by now.
    return false
  }
}

function judgeOne(check: unknown, name: string, machine: Machine, file: string): Judgement {
  if (typeof check !== 'function') return waiting(`checks.ts exports no function ${name}`)
  try {
    const said: unknown = (check as Check)(machine)
    if (said === true) return { state: 'passed' }
    if (typeof said === 'string') return waiting(said)
    const { broken } = Object(said)
    if (typeof broken === 'string') return { state: 'broken', observed: cut(broken) }
    return waiting(`checks.ts: ${name} returned ${kindOf(said)}; it must be true or a text`)
  } catch (error) {
    const line = lineOf(error, file)
    return waiting(`checks.ts${line === undefined ? '' : `:${line}`}: ${firstLine(error)}`)
  }
}

function waiting(observed: string): Judgement {
  return { state: 'waiting', observed: cut(observed) }
}

function reply(message: CheckReply): void {
  process.send!(message)
}

function kindOf(value: unknown): string {
  return value instanceof Promise ? 'a promise' : typeof value === 'object' ? 'an object' : String(value)
}

/** Where in the file; Node says so at the top of a stack, or in a frame of it. */
function lineOf(error: unknown, file: string): number | undefined {
  const { stack } = Object(error)
  if (typeof stack !== 'string') return undefined
  const at = stack.indexOf(file)
  const [, line] = /^(?:\?[^:\s]*)?:(\d+)/.exec(at < 0 ? '' : stack.slice(at + file.length)) ?? []
  return line === undefined ? undefined : Number(line)
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.trim().split('\n', 1)[0]!.trim()
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text
}
