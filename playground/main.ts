/** The composition root: options, the parts, and the end. Nothing imports it. */
import { createHash } from 'node:crypto'
import { basename, join, relative, resolve, sep } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { callersFolder, ROOT } from './course/places.ts'
import { createStage, useTree } from './course/stage.ts'
import { readHealth } from './sandbox/preflight.ts'
import { worldSetup } from './scenes/world.ts'
import { forgetBrowser, openBrowser } from './server/browser.ts'
import { createDevSite } from './server/dev-site.ts'
import { loadKey, openState } from './server/key.ts'
import { parseOptions, USAGE } from './server/options.ts'
import { createPlayground } from './server/server.ts'
import { createBuiltSite } from './server/site.ts'
import { lockState } from './server/state-lock.ts'
import { closeOnSignals } from './signals.ts'
import { StartError } from './start-error.ts'
import { lessonSetup } from './workbench/lesson-workbench.ts'
import { createSeat } from './workbench/seat.ts'

/** Milliseconds after the start by which the link is printed, whether the pages are ready or not. */
const LINK_BY = 1100
/** Milliseconds between two looks at whether npm is still there. */
const PARENT_CHECK = 500

// A reader that goes away (`npm run docs | head`) takes the log with it, not the shells.
process.stdout.on('error', () => {})
process.stderr.on('error', () => {})

try {
  await main()
} catch (error) {
  if (!(error instanceof StartError)) throw error
  console.error(error.message)
  process.exit(2)
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) {
    console.log(USAGE)
    return
  }
  const folder = options.lessons === undefined ? undefined : resolve(callersFolder(), options.lessons)
  // What VitePress reads from the working directory must not depend on where it was started.
  process.chdir(ROOT)
  const state = await openState()
  if (isInside(state, ROOT)) throw new StartError(`${state} is under the site; set XDG_STATE_HOME elsewhere`)
  const log = (line: string) => console.log(line)
  const announce = await lockState(state, log)
  const built = options.built ? createBuiltSite(ROOT) : undefined
  const tree = folder === undefined ? ROOT : await layOut(folder, options.withOurs, state, log)
  const key = await loadKey(state, options.newKey)
  const health = await readHealth(ROOT)
  let warm: Promise<void> | undefined
  const seat = createSeat({
    find: async name => worldSetup(ROOT, name) ?? lessonSetup(tree, name),
    workspaces: join(state, 'workspaces', tree === ROOT ? 'learner' : `learner-${basename(tree)}`),
    log,
    workbenches: options.sandboxes,
    idle: options.idle * 60_000,
    limits: { memory: options.memory * 1024 * 1024, processes: options.processes },
  })
  const playground = await createPlayground({
    ...options,
    seats: new Map([[key, seat]]),
    health,
    createSite(port) {
      if (built) return built
      const site = createDevSite({ root: ROOT, port, log })
      warm = site.warm
      return site
    },
    log,
  })
  const name = options.host === '::1' ? '[::1]' : options.host
  const address = `http://${name}:${playground.port}/`
  announce(address)
  closeOnSignals(async () => {
    await playground.close()
    await forgetBrowser(state)
    process.exit(0)
  })
  endWithNpm()
  outlive(log)

  // A link that is opened at once should not have to wait; one that comes late is no better.
  await Promise.race([warm, delay(Math.max(0, LINK_BY - performance.now()))])
  const link = `${address}#key=${key}`
  if (health.reason) log(health.reason)
  log(`\n  ${link}\n\n  Ctrl-C ends the server and every shell.\n`)
  if (options.open) await openBrowser(link, state, log)
}

/**
 * @returns the folder of the tree that site and workbenches find somebody else's lessons in
 * @throws StartError
 */
async function layOut(
  folder: string,
  withOurs: boolean,
  state: string,
  log: (line: string) => void,
): Promise<string> {
  const name = createHash('sha256').update(`${folder}\0${withOurs}`).digest('hex').slice(0, 12)
  const stage = await createStage({ folder, withOurs, at: join(state, 'lessons', name) })
  useTree(stage.tree)
  stage.follow(log)
  log(`${folder}: its pages and checks run as your own programs, outside of the sandboxes: trust its author`)
  return stage.tree
}

/** npm does not hand on a SIGTERM: it goes, and would leave the server behind with nobody to end it. */
function endWithNpm(): void {
  if (process.env.npm_lifecycle_event === undefined) return
  const npm = process.ppid
  const check = setInterval(() => {
    if (process.ppid === npm) return
    clearInterval(check)
    process.kill(process.pid, 'SIGTERM')
  }, PARENT_CHECK).unref()
}

/** An error that one socket or file left unhandled must not end everybody's shells; it must not be lost either. */
function outlive(log: (line: string) => void): void {
  const say = (error: unknown) => log(`unexpected: ${error instanceof Error ? error.stack : error}`)
  process.on('uncaughtException', say)
  process.on('unhandledRejection', say)
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way === '' || !(way === '..' || way.startsWith(`..${sep}`))
}
