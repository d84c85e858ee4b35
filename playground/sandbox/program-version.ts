import { execFile } from 'node:child_process'
import { patience } from './patience.ts'

/** One that takes longer waits for something else. */
const TIMEOUT_MS = 30_000
/** Those that ask for their version in another way. */
const ASKED: Readonly<Record<string, string>> = { haproxy: '-v', nginx: '-v' }

/**
 * What a program says of its version, such as `252.39`; '' for one that does not.
 *
 * @param command how it is called: in a sandbox, or as it is
 */
export function programVersion(
  program: string,
  command: (argv: string[]) => string[] = argv => argv,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const [file, ...args] = command([program, ASKED[program] ?? '--version'])
  return new Promise(resolve => {
    const child = execFile(file!, args, { env, timeout: patience(TIMEOUT_MS) }, (_, out, complaint) =>
      resolve(/\d+(?:\.\d+)+/.exec(out + complaint)?.[0] ?? ''),
    )
    child.stdin?.end()
  })
}
