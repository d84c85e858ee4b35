/** Which pages are meant by what stands on a command line. */
import { existsSync } from 'node:fs'
import { glob, stat } from 'node:fs/promises'
import path from 'node:path'
import { lessonsOf, markdownFiles } from '../course/places.ts'
import type { Problem } from './page-problems.ts'

/** A page that is to be run. */
export interface Target {
  /** As it was given, or found in a folder that was. */
  file: string
  /** A line of it: what follows is not run. */
  until?: number
}

/** What a folder of lessons may also hold. */
const NO_FOLDERS = ['**/node_modules', '**/.*']
const NO_PAGES = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md']

/** @param given pages, folders, globs; a page may have `:LINE` behind it. A page that is not there is kept: who reads it says so */
export async function findTargets(
  given: readonly string[],
): Promise<{ targets: Target[]; mistakes: Problem[] }> {
  const found = await Promise.all(given.map(find))
  const byPath = new Map<string, Target>()
  for (const target of found.flatMap(({ targets }) => targets)) {
    const resolved = path.resolve(target.file)
    const before = byPath.get(resolved)
    // The whole page is more than a part of it, and a longer part more than a shorter one.
    if (!before) byPath.set(resolved, target)
    else if (before.until !== undefined) before.until = target.until && Math.max(before.until, target.until)
  }
  return { targets: [...byPath.values()], mistakes: found.flatMap(({ mistakes }) => mistakes) }
}

async function find(given: string): Promise<{ targets: Target[]; mistakes: Problem[] }> {
  const isThere = existsSync(given)
  const [, page, line] = (!isThere && /^(.+):(\d{1,9})$/s.exec(given)) || []
  if (page !== undefined) return { targets: [{ file: page, until: Number(line) }], mistakes: [] }
  if (isThere && (await stat(given)).isDirectory()) return some(given, await pagesIn(given))
  if (isThere || !/[*?[{]/.test(given)) return { targets: [{ file: given }], mistakes: [] }
  return some(given, await matches(given))
}

function some(given: string, files: string[]): { targets: Target[]; mistakes: Problem[] } {
  if (files.length > 0) return { targets: files.map(file => ({ file })), mistakes: [] }
  const what = existsSync(given) ? 'there is no page in this folder' : 'no page matches'
  return {
    targets: [],
    mistakes: [{ file: given, what, todo: 'give pages, as NAME.md, or a folder of them' }],
  }
}

/** Those of a tree with `docs/lessons`; else all in the folder and below. */
async function pagesIn(folder: string): Promise<string[]> {
  const lessons = lessonsOf(folder)
  if (existsSync(lessons)) return (await markdownFiles(lessons)).map(name => path.join(lessons, name))
  return (await matches('**/*.md', folder)).map(name => path.join(folder, name))
}

async function matches(pattern: string, cwd = '.'): Promise<string[]> {
  const names = await Array.fromAsync(glob(pattern, { cwd, exclude: NO_FOLDERS }))
  return names.filter(name => name.endsWith('.md') && !NO_PAGES.includes(path.basename(name))).sort()
}
