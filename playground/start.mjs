// node playground/start.mjs MODULE [args]
//
// Runs MODULE (`./main.ts` beside this file, or `vitest/vitest.mjs` in node_modules) if this is the Node it is written
// for. Plain JavaScript, for any Node can be what runs this: npm leaves out an optional dependency that it could not
// fetch without a word, and then the system's Node is found instead of the pinned one.
import { existsSync, readFileSync } from 'node:fs'
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

function troubleWithNode() {
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
  return `this is Node ${running}; run it with npm, which takes node_modules/.bin/node, Node ${pinned}`
}

/** By path, not by name: what packages export does not include their commands. */
function pathOf(name) {
  return name.startsWith('./') ? join(here, name) : join(modules, name)
}
