// node playground/start.mjs MODULE [args]
//
// Runs MODULE (`./main.ts` beside this file, or `vitest/vitest.mjs` in node_modules) if this is the Node it is written
// for. Plain JavaScript, for any Node can be what runs this: npm leaves out an optional dependency that it could not
// fetch without a word, and then the system's Node is found instead of the pinned one.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import nodeModule from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** Where no pinned Node is to be had: the first that runs TypeScript, and has everything used here. */
const OLDEST = 24

const here = dirname(fileURLToPath(import.meta.url))
const modules = join(here, '..', 'node_modules')
const [module, ...args] = process.argv.slice(2)

const trouble = troubleWith(module)
if (trouble) {
  console.error(trouble)
  process.exitCode = 2
} else {
  shed()
  const file = pathOf(module)
  // What has been compiled once, Vite above all, need not be the next time. In a folder that nobody else can write.
  nodeModule.enableCompileCache(join(modules, '.cache', 'compile'))
  process.argv = [process.argv[0], file, ...args]
  await import(pathToFileURL(file).href)
}

/** One line, or undefined if MODULE can be run. */
function troubleWith(name) {
  if (name === undefined) return 'usage: node playground/start.mjs MODULE [args]'
  if (!existsSync(modules)) return 'the dependencies are not installed; run: npm install'
  return troubleWithNode() ?? (existsSync(pathOf(name)) ? undefined : `${pathOf(name)} is not there`)
}

/** A terminal's program and the pinned Node come as binaries, which need the C library of most distributions. */
function isMusl() {
  if (process.platform !== 'linux' || !process.report) return false
  // It would ask for the names of all that is connected.
  process.report.excludeNetwork = true
  return process.report.getReport().header.glibcVersionRuntime === undefined
}

function troubleWithNode() {
  if (isMusl()) {
    return 'this system has musl (Alpine), for which node-pty and the pinned Node have no build; use one with glibc: Debian, Ubuntu, Fedora, or a container of one'
  }
  const { optionalDependencies } = JSON.parse(readFileSync(join(here, '..', 'package.json'), 'utf8'))
  const carrier = `node-${process.platform}-${process.arch}`
  const pinned = optionalDependencies[carrier]
  const running = process.versions.node
  if (pinned === undefined) {
    if (Number.parseInt(running, 10) >= OLDEST) return undefined
    return `this is Node ${running}; install Node ${OLDEST} or newer`
  }
  if (running === pinned) return undefined
  if (!existsSync(join(modules, carrier, 'bin', 'node'))) {
    return `Node ${pinned} (${carrier}) was not installed; run: npm ci --include=optional`
  }
  // npm 9 leaves it out where it came as an optional dependency.
  if (!existsSync(join(modules, '.bin', 'node')))
    return `npm has not linked Node ${pinned} into node_modules/.bin; run: npm rebuild ${carrier}`
  return `this is Node ${running}; run it with npm, which takes node_modules/.bin/node, Node ${pinned}`
}

/**
 * Begins once more without what no program of a lesson must inherit: descriptors that a terminal or an editor has left
 * open, of which libuv closes the first 16 only, and the keys of the login session (session-keyring(7)). Only a
 * program of few system calls can; where there is no perl, the doctor says so.
 */
function shed() {
  const perl = '/usr/bin/perl'
  const keyctl = { x64: 250, arm64: 219 }[process.arch]
  // This process by its number, or one below: exec(3) keeps the number, and must not come round for ever where an old
  // kernel cannot close them.
  const by = process.env.PLAYGROUND_SHED
  const isDone = by === `${process.pid}` || (by !== undefined && inherited().length === 0)
  if (process.platform !== 'linux' || isDone || process.channel || !keyctl || !existsSync(perl)) return
  const closeRange = 436
  const joinSessionKeyring = 1
  const program = `syscall(${closeRange}, 3, 2 ** 31 - 1, 0); syscall(${keyctl}, ${joinSessionKeyring}, 0); exec {$ARGV[0]} @ARGV`
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  process.execve(perl, ['perl', '-e', program, ...again], {
    ...process.env,
    PLAYGROUND_SHED: `${process.pid}`,
  })
}

/** Descriptors that the programs which this one starts would have, besides the first three. */
function inherited() {
  const closeOnExec = 0o2000000
  const all = readdirSync('/proc/self/fd').map(Number)
  return all.filter(number => number > 2 && !(flagsOf(number) & closeOnExec))
}

/** Of a descriptor; of one that has been closed meanwhile, those of one that is closed at once. */
function flagsOf(number) {
  const info = `/proc/self/fdinfo/${number}`
  return existsSync(info) ? Number.parseInt(/flags:\s(\d+)/.exec(readFileSync(info, 'utf8'))[1], 8) : -1
}

/** By path, not by name: what packages export does not include their commands. */
function pathOf(name) {
  return name.startsWith('./') ? join(here, name) : join(modules, name)
}
