/** What the commands of npm have in common: options, one line for what is wrong, a status. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { StartError } from './start-error.ts'

/** @throws {StartError} in one line, for an option that is none */
export function parseCommand<Options extends ParseArgsOptionsConfig>(
  name: string,
  args: string[],
  options: Options,
) {
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    const [what] = (error as Error).message.split(/[.\n]/)
    throw new StartError(`${what}; npm run ${name} -- --help lists the options`)
  }
}

/** What the caller can mend is status 2, everything else 1; of both, one line. */
export async function runCommand(name: string, main: (args: string[]) => Promise<void>): Promise<void> {
  try {
    await main(process.argv.slice(2))
  } catch (error) {
    console.error(`${name}: ${(error as Error).message}`)
    process.exitCode = error instanceof StartError ? 2 : 1
  }
}
