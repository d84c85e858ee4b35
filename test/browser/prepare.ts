/** Before all tests that look at the built site, as most in a browser do: it loads in half the time of the sources. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

export default async function prepare(): Promise<void> {
  // Each project asks for it.
  if (process.env.PLAYGROUND_PREPARED) return
  process.env.PLAYGROUND_PREPARED = 'yes'
  await promisify(execFile)(process.execPath, ['playground/start.mjs', 'vitepress/dist/node/cli.js', 'build'])
}
