/** `npm test`: vitest with this project's own tests, or what they can prove of somebody else's folder of lessons. */
import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { runCommand } from '../playground/command.ts'
import { readForeign } from '../playground/course/foreign.ts'
import { callersFolder, ROOT } from '../playground/course/places.ts'
import { StartError } from '../playground/start-error.ts'

/** Where the tests find the folder, absolute. */
const VARIABLE = 'TEST_LESSONS'
const OPTION = '--lessons'

async function main(args: string[]): Promise<void> {
  const at = args.findIndex(arg => arg === OPTION || arg.startsWith(`${OPTION}=`))
  if (at < 0) return runTests(args)
  const [option = '', value] = args.slice(at, at + 2)
  const given = option === OPTION ? value : option.slice(OPTION.length + 1)
  if (!given) throw new StartError(`${OPTION} needs a folder of lessons: npm test -- ${OPTION} ../my-course`)
  const folder = resolve(callersFolder(), given)
  await readForeign(folder, false)
  process.env[VARIABLE] = folder
  await runTests([...args.toSpliced(at, option === OPTION ? 2 : 1), '--mode', 'foreign'])
}

async function runTests(args: string[]): Promise<void> {
  process.chdir(ROOT)
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
  if (!(await stat(vitest).catch(() => undefined)))
    throw new StartError('vitest is not installed; run: npm install')
  process.argv = [process.execPath, vitest, 'run', ...args]
  await import(vitest)
}

await runCommand('test', main)
