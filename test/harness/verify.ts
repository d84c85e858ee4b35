/** The command `verify` as npm runs it. */
import { execFile } from 'node:child_process'
import path from 'node:path'

const ROOT = path.join(import.meta.dirname, '../..')

export interface Ended {
  status: number
  out: string
  error: string
}

export function verify(...args: string[]): Promise<Ended> {
  return verifyWith({ NO_COLOR: '1' }, ...args)
}

export function verifyWith(env: NodeJS.ProcessEnv, ...args: string[]): Promise<Ended> {
  return runModule('./authoring/verify.ts', args, env)
}

/**
 * @param module of the playground, as `start.mjs` takes it
 * @param inside what runs the command that follows it
 */
export function runModule(
  module: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  inside: readonly string[] = [],
): Promise<Ended> {
  const [program, ...rest] = [...inside, process.execPath, 'playground/start.mjs', module, ...args]
  return new Promise(resolve =>
    execFile(
      program!,
      rest,
      // Where the tests were called from is nothing to what they run.
      { cwd: ROOT, env: { ...process.env, INIT_CWD: undefined, ...env } },
      (error, out, complaint) => resolve({ status: error ? Number(error.code) : 0, out, error: complaint }),
    ),
  )
}
