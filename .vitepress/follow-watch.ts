import { type FSWatcher, mkdirSync, watch } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'
import { readWatched, WATCHED } from '../playground/course/watched.ts'

const MODULE = join(import.meta.dirname, 'theme/lesson/watched.made.ts')
/** One that was killed says nothing: how long its verdicts stay. Milliseconds. */
const LOOK_EVERY = 1000

/** Gives pages in development what `verify --watch` finds, as soon as it does; readers of the built site get none of it. */
export function followWatch(): Plugin {
  let isServed = false
  let watcher: FSWatcher | undefined
  let timer: NodeJS.Timeout | undefined
  let text = ''

  return {
    name: 'playground:follow-watch',
    enforce: 'pre',
    load(id) {
      if (id !== MODULE) return undefined
      text = isServed ? textNow() : '{}'
      return { code: `export const data = ${text}`, map: null }
    },
    configureServer({ environments: { client } }) {
      isServed = true
      const look = () => {
        const module = client.moduleGraph.getModuleById(MODULE)
        if (module && textNow() !== text) void client.reloadModule(module)
      }
      mkdirSync(WATCHED, { recursive: true })
      watcher = watch(WATCHED, { persistent: false }, look)
      timer = setInterval(look, LOOK_EVERY).unref()
    },
    buildEnd() {
      watcher?.close()
      clearInterval(timer)
    },
  }
}

function textNow(): string {
  return JSON.stringify(readWatched())
}
