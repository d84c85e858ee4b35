/** Where a page and its `checks.ts` do not agree. */
import { access } from 'node:fs/promises'
import path from 'node:path'
import type { Lesson } from '../format/lesson.ts'
import type { CheckProcess } from '../workbench/check-process.ts'
import { exportsOf, functionOf } from '../workbench/checks.ts'
import { ROOT, relative, scriptsOf } from '../workbench/course.ts'
import type { Problem } from './page-checks.ts'

/** Loads the checks of the page in this process, which runs what its author has written. */
export async function checkProblems(
  lesson: Lesson,
  shared: CheckProcess,
): Promise<{ mistakes: Problem[]; warnings: Problem[] }> {
  const { file, checks } = lesson
  const source = checksOf(file)
  const exported = await exportsOf(source, shared)
  if (!Array.isArray(exported)) {
    const { message, line } = exported
    const what = message.replace(/^checks\.ts:? /, 'it ')
    return { mistakes: [{ file: source, line, what, todo: 'mend it, or remove it' }], warnings: [] }
  }
  const missing = checks.filter(({ name }) => !exported.includes(functionOf(name)))
  const shown = checks.map(({ name }) => functionOf(name))
  const lost = exported.filter(name => !shown.includes(name))
  return {
    mistakes: missing.map(({ name, line }) => {
      const todo = `export a function ${functionOf(name)} from it`
      return { file, line, what: `the check ${name} is not in ${relative(source)}`, todo }
    }),
    warnings: lost.map(name => {
      const todo = `show it with ::: check ${nameOf(name)}, or do not export it`
      return { file: source, what: `it exports ${name}, which the page does not show`, todo }
    }),
  }
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

function checksOf(page: string): string {
  return path.join(scriptsOf(page), 'checks.ts')
}

/** The reverse of `functionOf`, as most would write it. */
function nameOf(exported: string): string {
  return exported.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
}
