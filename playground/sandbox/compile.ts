/** Node compiles a TypeScript script at each start, which takes it longer than the rest of the start. */
import { execFile } from 'node:child_process'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Sandbox } from './kind.ts'

/** Longer than any machine needs; what is not done then, each script does for itself. Seconds. */
const WITHIN = 20
/** Milliseconds. */
const WAKE_EVERY = 20

/**
 * Compiles a workspace's TypeScript scripts into the sandbox's cache, all in one program and without running any:
 * they are modules of a program that cannot be linked. Resolves when it is done, whatever came of it; at once where
 * the sandbox has no cache.
 *
 * @param scripts paths below the workspace
 * @param closing to be aborted when the sandbox's end has begun, which waits until what joined it has been told that
 * its program is gone: a stopped nsenter never hears of it, and of a killed one the machine's process 1 would have to
 */
export function compileScripts(
  sandbox: Sandbox,
  scripts: string[],
  closing: AbortSignal,
  within = WITHIN,
): Promise<void> {
  const modules = scripts.filter(script => script.endsWith('.ts'))
  if (!sandbox.env.NODE_COMPILE_CACHE || modules.length === 0) return Promise.resolve()
  const urls = modules.map(script => pathToFileURL(path.join(sandbox.cwd, script)).href)
  const program = [
    ...urls.map(url => `import ${JSON.stringify(url)}`),
    `import { absent } from 'node:module'`,
  ].join('\n')
  // Ended inside: nsenter's end is not its child's. But what is inside a program may have stopped, and nsenter with it.
  const bound = ['timeout', '--signal=KILL', `${within}`]
  const [file, ...args] = sandbox.command([...bound, 'node', '--input-type=module', '--eval', program])
  return new Promise(resolve => {
    const timer = setTimeout(resolve, (within + 1) * 1000)
    const child = execFile(file!, args, { env: sandbox.env }, done)
    closing.addEventListener('abort', () => {
      // What goes on before the kernel has ended it may stop once more.
      const waking = setInterval(() => child.kill('SIGCONT') || clearInterval(waking), WAKE_EVERY)
      child.kill('SIGCONT')
      done()
    })

    function done() {
      clearTimeout(timer)
      resolve()
    }
  })
}
