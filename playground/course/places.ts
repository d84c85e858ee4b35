/** Where pages and their scripts are. */
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'

export const ROOT = path.resolve(import.meta.dirname, '../..')

/** Our own lessons, in order. */
export async function ownPages(): Promise<string[]> {
  return (await markdownFiles(lessonsOf(ROOT))).map(name => path.join(lessonsOf(ROOT), name))
}

/** The folder whose scripts a page's commands find in their workspace; need not exist. */
export function scriptsOf(file: string): string {
  const tree = treeOf(file)
  return tree ? path.join(tree, 'lessons', path.basename(file, '.md')) : path.dirname(path.resolve(file))
}

/** The folder that holds `docs/lessons` and `lessons`, for a page in that place. */
export function treeOf(file: string): string | undefined {
  const folder = path.dirname(path.resolve(file))
  const tree = path.resolve(folder, '..', '..')
  return folder === lessonsOf(tree) ? tree : undefined
}

export function lessonsOf(tree: string): string {
  return path.join(tree, 'docs', 'lessons')
}

/** Names of the pages in a folder, in order; none where there is no such folder. */
export async function markdownFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  return names.filter(name => name.endsWith('.md')).sort()
}

/**
 * Where the command was called: npm itself goes to the folder of `package.json`, and says where it came from.
 */
export function callersFolder({ INIT_CWD, npm_package_json }: NodeJS.ProcessEnv = process.env): string {
  const here = process.cwd()
  const isOurs = npm_package_json === path.join(ROOT, 'package.json') && here === ROOT
  return isOurs && INIT_CWD !== undefined && existsSync(INIT_CWD) ? INIT_CWD : here
}

/** Short where the file is below the working directory. */
export function relative(file: string): string {
  const short = path.relative(process.cwd(), file)
  return short === '' || short.startsWith('..') ? file : short
}
