/**
 * What of the development site anybody may ask for, who holds no key. Vite makes a module of whatever it is told:
 * the file that carries Node takes a minute and 5 GB, a package is bundled and every page reloads, and its answers
 * tell which files this machine has. So only what a page is made of gets through; nothing else is even looked for.
 */
import { stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { ViteDevServer } from 'vite'
import { pathOf } from './target.ts'

export interface Asked {
  /** The request target, with its query. */
  target: string
  accept: string | undefined
  /** `Sec-Fetch-Dest`. */
  destination: string | undefined
}

/** `page`: the same for every address; `module` and `file`: Vite may look; undefined: there is nothing. */
export type Passage = 'page' | 'module' | 'file' | undefined

type Graph = ViteDevServer['environments']['client']['moduleGraph'] & {
  /** By the address that an import names. Private; Vite is pinned. */
  _getUnresolvedUrlToModule(url: string): unknown
}

/**
 * @param entries addresses of what a page's HTML names itself, and its style
 * @param docs the folder of pages and of what they show
 */
export async function passage(
  asked: Asked,
  { environments, config }: Pick<ViteDevServer, 'environments' | 'config'>,
  entries: readonly string[],
  docs: string,
): Promise<Passage> {
  const url = decodeTarget(asked.target)
  if (url === undefined) return undefined
  const path = pathOf(url)
  const module = moduleUrl(url)
  const graph = environments.client.moduleGraph as Graph
  if (entries.includes(module)) return 'module'
  // What a module imports is there before any page can know of it.
  if (graph.urlToModuleMap.has(module) || graph._getUnresolvedUrlToModule(module)) return 'module'
  if (!isPlain(path)) return undefined
  const isQueried = module !== path
  if (!isQueried) {
    for (const folder of [docs, config.publicDir])
      if (folder && (await isFile(join(folder, path)))) return 'file'
  }
  const isNavigation = asked.destination === 'document' || asked.accept?.includes('text/html')
  const isAny = asked.destination === undefined && (asked.accept ?? '*/*').includes('*/*')
  return isNavigation || (isAny && (extname(path) === '' || extname(path) === '.html')) ? 'page' : undefined
}

/** As Vite decodes it; undefined where an address of ours never is so. */
function decodeTarget(target: string): string | undefined {
  if (/%(?:2f|5c|25)/i.test(pathOf(target))) return undefined
  try {
    const url = decodeURI(target)
    return /[\p{Cc}\\]/u.test(url) ? undefined : url
  } catch {
    return undefined
  }
}

/** The name under which Vite knows it: without what makes a browser ask again. */
function moduleUrl(url: string): string {
  const bare = url
    .replace(/(\?|&)t=\d{13}(?:&|$)/, '$1')
    .replace(/[?&]$/, '')
    .replace(/(\?|&)import=?(?:&|$)/, '$1')
    .replace(/[?&]$/, '')
  return bare.startsWith('/@id/') ? bare.slice('/@id/'.length).replace('__x00__', '\0') : bare
}

/** A way down from the folder of the pages, into nothing that is hidden. */
function isPlain(path: string): boolean {
  const names = path.slice(1).split('/')
  return (
    names.every((name, index) => name !== '' || index === names.length - 1) &&
    !names.some(name => /^[.@]|^node_modules$|:/.test(name))
  )
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    stats => stats.isFile(),
    () => false,
  )
}

/** One line of Vite's for the terminal: colours stay, nothing else moves the cursor, and no line looks like another's. */
export function cleanLine(text: string): string {
  return text
    .replace(/\r?\n/g, '\n  ')
    .replace(COLOUR, code => code.replace('\x1b', '\ue000'))
    .replace(/(?!\n)\p{Cc}/gu, '?')
    .replaceAll('\ue000', '\x1b')
}

/** Those that Vite's logger writes; no concealed text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const COLOUR = /\x1b\[(?:0|1|2|22|3\d|4\d|9\d)?m/g
