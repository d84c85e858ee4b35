/** Node compiles a TypeScript script at each start, which takes it longer than the rest of the start. */
import { execFile } from 'node:child_process'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Sandbox } from './sandbox.ts'

/**
 * Longer than any machine needs; what is not done then, each script does for itself. Ended inside: nsenter's end is
 * not its child's.
 */
const WITHIN = ['timeout', '--signal=KILL', '20']

/**
 * Compiles a workspace's TypeScript scripts into the sandbox's cache, all in one program and without running any:
 * they are modules of a program that cannot be linked. Resolves when it is done, whatever came of it; at once where
 * the sandbox has no cache.
 *
 * @param scripts paths below the workspace
 */
export function compileScripts(sandbox: Sandbox, scripts: string[]): Promise<void> {
  const modules = scripts.filter(script => script.endsWith('.ts'))
  if (!sandbox.env.NODE_COMPILE_CACHE || modules.length === 0) return Promise.resolve()
  const urls = modules.map(script => pathToFileURL(path.join(sandbox.cwd, script)).href)
  const program = [
    ...urls.map(url => `import ${JSON.stringify(url)}`),
    `import { absent } from 'node:module'`,
  ].join('\n')
  const [file, ...args] = sandbox.command([...WITHIN, 'node', '--input-type=module', '--eval', program])
  return new Promise(resolve => {
    execFile(file!, args, { env: sandbox.env }, () => resolve())
  })
}
