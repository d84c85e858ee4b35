/** Reads the pages that `verify` is to run; says what is wrong with them before anything runs. */
import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { parsePage } from '../course/pages.ts'
import { lessonsOf, markdownFiles, ownPages, ROOT, treeOf } from '../course/places.ts'
import type { Lesson } from '../format/lesson.ts'
import { isLessonSlug, numberOf } from '../format/slug.ts'
import { allTranscripts } from '../format/way.ts'
import { type CheckProcess, shareCheckProcess } from '../workbench/check-process.ts'
import { checkProblems, checksOf } from './check-problems.ts'
import { typeProblems } from './check-types.ts'
import { checkPage, type Problem } from './page-problems.ts'
import { problemText } from './report-text.ts'
import type { Target } from './targets.ts'

export interface Page {
  /** As it was given. */
  file: string
  lesson: Lesson
  /** A line of it: what stands below is not run. */
  until?: number
}

export interface Pages {
  /** Those that can be run. */
  pages: Page[]
  mistakes: Problem[]
  /** Allowed, but probably not meant. */
  warnings: Problem[]
}

/**
 * @param targets pages anywhere on disk; none: our own lessons. One in a folder `docs/lessons` is a lesson of the tree
 *   around that folder and must look like one
 */
export async function readPages(targets: readonly Target[]): Promise<Pages> {
  const all: Pages = { pages: [], mistakes: [], warnings: [] }
  const meant = targets.length > 0 ? targets : (await ownPages()).map(file => ({ file }))
  const given = meant.map(({ file }) => file)
  const shared = shareCheckProcess()
  for (const found of await Promise.all(meant.map(target => readTarget(target, shared)))) {
    all.pages.push(...found.pages)
    all.mistakes.push(...found.mistakes)
    all.warnings.push(...found.warnings)
  }
  // Pages that share their scripts would each say the same of them.
  all.warnings = [...new Map(all.warnings.map(warning => [problemText(warning), warning])).values()]
  await shared.close()
  const loaded = new Set(all.pages.map(({ file }) => checksOf(file)))
  all.mistakes.push(...(await typeProblems([...loaded])))
  const trees = new Set(given.flatMap(file => treeOf(file) ?? []))
  for (const tree of trees) all.mistakes.push(...(await sameNames(tree, given)))
  if (targets.length === 0) all.mistakes.push(...(await lostScripts(ROOT)))
  return all
}

async function readTarget({ file, until }: Target, shared: CheckProcess): Promise<Pages> {
  const found = await readPage(file, shared)
  if (until === undefined) return found
  const mistakes = found.pages.flatMap(({ lesson: { transcripts, checks } }): Problem[] => {
    const lines = [...transcripts, ...checks].map(({ line }) => line).sort((a, b) => a - b)
    if (lines.some(line => line <= until)) return []
    const todo =
      lines[0] === undefined ? 'leave the line out' : `give ${lines[0]}, its first, or one further down`
    return [{ file, line: until, what: 'here, and above, is no transcript and no check', todo }]
  })
  const pages = mistakes.length > 0 ? [] : found.pages.map(page => ({ ...page, until }))
  return { ...found, pages, mistakes: [...found.mistakes, ...mistakes] }
}

async function readPage(file: string, shared: CheckProcess): Promise<Pages> {
  const found: Pages = { pages: [], mistakes: [], warnings: [] }
  try {
    const text = await readText(file)
    if (text.trim() === '') {
      found.mistakes.push({ file, what: 'the file is empty', todo: 'write the page into it' })
      return found
    }
    const { lesson, mistakes } = parsePage(text, file)
    if (!lesson) return { ...found, mistakes }
    const checks = await checkProblems(lesson, shared)
    const problems = [...(await checkPage(text, lesson)), ...checks.mistakes]
    found.mistakes.push(...problems)
    found.warnings.push(...lesson.warnings, ...checks.warnings)
    if (allTranscripts(lesson).length === 0 && problems.length === 0) {
      const todo = 'write what the reader is to run into a ```console fence'
      found.warnings.push({ file, what: 'this page has no transcript, so nothing is verified', todo })
    }
    if (problems.length === 0) found.pages.push({ file, lesson })
  } catch (error) {
    found.mistakes.push(unreadable(file, error))
  }
  return found
}

/** @throws Error with the code `UTF8` and the line of the first byte that is not UTF-8 */
async function readText(file: string): Promise<string> {
  if (!(await stat(file)).isFile()) throw Object.assign(new Error(), { code: 'EISDIR' })
  const bytes = await readFile(file)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    // What cannot be decoded becomes U+FFFD: its first place where encoding again gives other bytes.
    const again = Buffer.from(bytes.toString('utf8'))
    const at = again.findIndex((byte, index) => byte !== bytes[index])
    const line = bytes.subarray(0, at).filter(byte => byte === 10).length + 1
    throw Object.assign(new Error(), { code: 'UTF8', line })
  }
}

function unreadable(file: string, error: unknown): Problem {
  const { code = '', message, line } = error as NodeJS.ErrnoException & { line?: number }
  if (code === 'UTF8') return { file, line, what: 'this is not UTF-8', todo: 'save the file as UTF-8' }
  const reasons: Record<string, string> = {
    ENOENT: 'there is no such file',
    ENOTDIR: 'there is no such file',
    EISDIR: 'this is not a file',
    EACCES: 'it may not be read',
    ELOOP: 'the link leads nowhere',
  }
  return { file, what: reasons[code] ?? message, todo: 'give the path of a Markdown page that you may read' }
}

/** Two lessons with the same number, or with the same slug behind it. */
async function sameNames(tree: string, given: string[]): Promise<Problem[]> {
  const folder = lessonsOf(tree)
  const mine = new Set(given.filter(file => treeOf(file) === tree).map(file => path.basename(file)))
  const names = (await markdownFiles(folder)).filter(name => isLessonSlug(path.basename(name, '.md')))
  return names.flatMap((name, index) =>
    names.slice(0, index).flatMap((other): Problem[] => {
      if (!mine.has(name) && !mine.has(other)) return []
      const file = path.join(folder, name)
      const number = numberOf(name)
      if (other.startsWith(number))
        return [
          { file, what: `${other} has the number ${number}, too`, todo: 'give one of them another number' },
        ]
      if (other.slice(2) === name.slice(2))
        return [{ file, what: `${other} has the same slug`, todo: 'give one of them another slug' }]
      return []
    }),
  )
}

/** Folders of a lesson's scripts in a tree whose page has another name, or is gone. */
export async function lostScripts(tree: string): Promise<Problem[]> {
  const entries = await readdir(path.join(tree, 'lessons'), { withFileTypes: true }).catch(() => [])
  const pages = new Set(await markdownFiles(lessonsOf(tree)))
  return entries
    .filter(entry => entry.isDirectory() && isLessonSlug(entry.name) && !pages.has(`${entry.name}.md`))
    .map(({ name }) => ({
      file: path.join(tree, 'lessons', name),
      what: 'a folder of scripts without a page',
      todo: `write docs/lessons/${name}.md, or rename the folder after its page`,
    }))
}
