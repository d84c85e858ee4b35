/** The composition root: options, the parts, and the end. Nothing imports it. */
import { join, relative, sep } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { readHealth } from './sandbox/preflight.ts'
import { forgetBrowser, openBrowser } from './server/browser.ts'
import { createDevSite } from './server/dev-site.ts'
import { loadKey, openState } from './server/key.ts'
import { parseOptions, USAGE } from './server/options.ts'
import { createPlayground, type Playground } from './server/server.ts'
import { createBuiltSite } from './server/site.ts'
import { lockState } from './server/state-lock.ts'
import { StartError } from './start-error.ts'
import { createSeat } from './workbench/seat.ts'

/** Milliseconds after the start by which the link is printed, whether the pages are ready or not. */
const LINK_BY = 1100
/** Milliseconds between two looks at whether npm is still there. */
const PARENT_CHECK = 500
/** Milliseconds that ending everything may take when nobody is there to press Ctrl-C again. */
const CLOSE_TIMEOUT = 10_000
/** Milliseconds in which a second signal is the first one again: npm passes Ctrl-C on to who got it from the tty. */
const ECHO = 500

const root = join(import.meta.dirname, '..')

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
  // What VitePress reads from the working directory must not depend on where it was started.
  process.chdir(root)
  const state = await openState()
  if (isInside(state, root)) throw new StartError(`${state} is under the site; set XDG_STATE_HOME elsewhere`)
  const log = (line: string) => console.log(line)
  const announce = await lockState(state, log)
  const built = options.built ? createBuiltSite(root) : undefined
  const key = await loadKey(state, options.newKey)
  const health = await readHealth(root)
  let warm: Promise<void> | undefined
  const playground = await createPlayground({
    ...options,
    key,
    seat: createSeat({
      root,
      state,
      log,
      workbenches: options.lessons,
      idle: options.idle * 60_000,
      limits: { memory: options.memory * 1024 * 1024, processes: options.processes },
    }),
    health,
    createSite(port) {
      if (built) return built
      const site = createDevSite({ root, port, log })
      warm = site.warm
      return site
    },
    log,
  })
  const name = options.host === '::1' ? '[::1]' : options.host
  const address = `http://${name}:${playground.port}/`
  announce(address)
  endOnSignals(playground, () => forgetBrowser(state))
  endWithNpm()
  outlive(log)

  // A link that is opened at once should not have to wait; one that comes late is no better.
  await Promise.race([warm, delay(Math.max(0, LINK_BY - performance.now()))])
  const link = `${address}#key=${key}`
  if (health.reason) log(health.reason)
  log(`\n  ${link}\n\n  Ctrl-C ends the server and every shell.\n`)
  if (options.open) await openBrowser(link, state, log)
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

/** 0: the end was asked for, and nothing is left. 1: something is. 130 and the like: forced by a second signal. */
function endOnSignals(playground: Playground, after: () => Promise<void>): void {
  let since: number | undefined
  const numbers = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 }
  for (const [signal, number] of Object.entries(numbers)) {
    process.on(signal, async () => {
      if (since !== undefined) {
        if (performance.now() - since > ECHO) process.exit(128 + number)
        return
      }
      since = performance.now()
      setTimeout(() => {
        console.error(`not everything ended within ${CLOSE_TIMEOUT / 1000} s`)
        process.exit(1)
      }, CLOSE_TIMEOUT)
      try {
        await playground.close()
        await after()
        process.exit(0)
      } catch (error) {
        console.error(error)
        process.exit(1)
      }
    })
  }
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
