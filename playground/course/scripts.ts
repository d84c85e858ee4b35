/** The lessons' scripts, for somebody who wants one of them elsewhere. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { isLessonSlug } from '../format/slug.ts'

const SCRIPT = /^[\w-]+\.(?:ts|py)$/

/**
 * @param lessons the folder that holds each lesson's own
 * @returns `06-distribution/own.ts`, in order; what runs in the server is left out
 */
export function listCourseScripts(lessons: string): string[] {
  return readdirSync(lessons, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && isLessonSlug(entry.name))
    .flatMap(({ name }) => scriptsIn(path.join(lessons, name)).map(file => `${name}/${file}`))
    .sort()
}

/** @returns the script, and those beside it that it imports: names in its folder */
export function withImports(folder: string, script: string): string[] {
  const beside = new Set(scriptsIn(folder))
  const found = new Set([script])
  for (const name of found) {
    const text = readFileSync(path.join(folder, name), 'utf8')
    for (const other of importsOf(name, text)) if (beside.has(other)) found.add(other)
  }
  return [...found]
}

function scriptsIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isFile() && SCRIPT.test(entry.name) && entry.name !== 'checks.ts')
    .map(({ name }) => name)
}

function importsOf(name: string, text: string): string[] {
  if (name.endsWith('.ts'))
    return [...text.matchAll(/^(?:import|export|\}).* from '\.\/([^']+)'/gm)].map(([, file]) => file!)
  return [...text.matchAll(/^\s*(?:from|import) (\w+)/gm)].map(([, module]) => `${module}.py`)
}
