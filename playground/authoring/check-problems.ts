/** Where a page and its `checks.ts` do not agree. */
import { access, readFile } from 'node:fs/promises'
import path from 'node:path'
import { markdownFiles, ROOT, relative, scriptsOf, treeOf } from '../course/places.ts'
import type { Lesson } from '../format/lesson.ts'
import type { CheckProcess } from '../workbench/check-process.ts'
import { exportsOf, functionOf } from '../workbench/checks.ts'

import type { Problem } from './page-problems.ts'

/** Loads the checks of the page in this process, which runs what its author has written. */
export async function checkProblems(
  lesson: Lesson,
  shared: CheckProcess,
): Promise<{ mistakes: Problem[]; warnings: Problem[] }> {
  const { file, challenges } = lesson
  const checks = [...lesson.checks, ...challenges]
  const source = checksOf(file)
  const exported = await exportsOf(source, shared)
  if (!Array.isArray(exported)) {
    const { message, line } = exported
    const what = message.replace(/^checks\.ts:? /, 'it ')
    return { mistakes: [{ file: source, line, what, todo: 'mend it, or remove it' }], warnings: [] }
  }
  const missing = checks.filter(({ name }) => !exported.includes(functionOf(name)))
  const shown = checks.map(({ name }) => functionOf(name))
  const elsewhere = exported.every(name => shown.includes(name)) ? [] : await shownBeside(file)
  const lost = exported.filter(name => !shown.includes(name) && !elsewhere.includes(name))
  return {
    mistakes: missing.map(({ name, line }) => {
      const todo = `export a function ${functionOf(name)} from it`
      return { file, line, what: `the check ${name} is not in ${relative(source)}`, todo }
    }),
    warnings: lost.map(name => {
      if (name === 'default')
        return {
          file: source,
          what: 'it exports a default, which is no check',
          todo: 'write export function NAME',
        }
      const todo = `show it with ::: check ${nameOf(name)}, or do not export it`
      return { file: source, what: `it exports ${name}, which the page does not show`, todo }
    }),
  }
}

/** Functions that other pages show, which share the scripts of this one. */
async function shownBeside(file: string): Promise<string[]> {
  if (treeOf(file)) return []
  const folder = path.dirname(path.resolve(file))
  const others = (await markdownFiles(folder)).filter(name => name !== path.basename(file))
  const texts = await Promise.all(
    others.map(name => readFile(path.join(folder, name), 'utf8').catch(() => '')),
  )
  return texts.flatMap(text =>
    [...text.matchAll(/^ {0,3}:{3,}\s*check\s+(\S+)/gm)].map(([, name]) => functionOf(name!)),
  )
}

/** @returns the first of these pages' `checks.ts` that is not this project's own */
export async function foreignChecks(files: readonly string[]): Promise<string | undefined> {
  const others = files.map(checksOf).filter(file => path.relative(ROOT, file).startsWith('..'))
  const found = await Promise.all(
    others.map(file =>
      access(file).then(
        () => file,
        () => undefined,
      ),
    ),
  )
  return found.find(file => file !== undefined)
}

/** Where the checks of a page are; need not be there. */
export function checksOf(page: string): string {
  return path.join(scriptsOf(page), 'checks.ts')
}

/** The reverse of `functionOf`, as most would write it. */
function nameOf(exported: string): string {
  return exported.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
}
