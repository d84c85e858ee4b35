/** Run by scripts.ts: a script with one list of arguments after another, each as if it had just been started. */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import { format } from 'node:util'

const [script, lists] = process.argv.slice(2) as [string, string]
const file = pathToFileURL(script)
const folder = new URL('.', file).href
let turn = 0
// What reads the arguments does so when it is loaded.
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context)
    return isReadAnew(found.url) ? { ...found, url: `${found.url}?${turn}` } : found
  },
})

function isReadAnew(url: string): boolean {
  if (url === file.href) return true
  return url.startsWith(folder) && readFileSync(new URL(url), 'utf8').includes('readOptions(')
}

class End {
  status: number
  constructor(status: number) {
    this.status = status
  }
}
const { exit } = process
process.exit = status => {
  throw new End(Number(status))
}
let error = ''
console.error = (...what) => {
  error += `${format(...what)}\n`
}

const outcomes: { status: number; error: string }[] = []
for (const args of JSON.parse(lists) as string[][]) {
  process.argv = [process.execPath, script, ...args]
  error = ''
  turn++
  const status = await import(file.href).then(
    () => 0,
    end => {
      if (end instanceof End) return end.status
      console.error(end)
      return 1
    },
  )
  outcomes.push({ status, error })
}
process.stdout.write(JSON.stringify(outcomes), () => exit())
