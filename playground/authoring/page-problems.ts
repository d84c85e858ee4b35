/** What is wrong with one page before anything runs, besides what its transcripts say. */
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import * as v from 'valibot'
import { ROOT, relative, scriptsOf, treeOf } from '../course/places.ts'
import { parseFrontmatter } from '../format/frontmatter.ts'
import type { Lesson } from '../format/lesson.ts'
import { isLessonSlug } from '../format/slug.ts'
import { snippetFile } from '../format/snippet.ts'
import { allTranscripts } from '../format/way.ts'

/** Printed as `FILE:LINE: what; what to do`, or without the line where the file as a whole is meant. */
export interface Problem {
  file: string
  line?: number
  what: string
  todo: string
}

/** @returns mistakes, none if all is well */
export async function checkPage(text: string, lesson: Lesson): Promise<Problem[]> {
  const { file } = lesson
  const checks = [missingSnippets(lesson), missingScripts(lesson)]
  return [...checkFrontmatter(text, file), ...checkName(file), ...(await Promise.all(checks)).flat()]
}

const text = v.pipe(v.string(), v.regex(/\S/))

/** What a lesson says of itself; VitePress knows more keys. */
export const FRONTMATTER = v.looseObject({ title: text, description: text })

/** A lesson needs a title and a description; any page may have them, and then they must be right. */
function checkFrontmatter(text: string, file: string): Problem[] {
  const needed = treeOf(file) !== undefined
  const { values, broken, lineOf } = parseFrontmatter(text)
  if (broken) {
    const what = `the frontmatter is no YAML: ${broken.message}`
    return [{ file, line: broken.line, what, todo: 'write KEY: VALUE, and quotes around a value with `: `' }]
  }
  const keys = [
    ['title', 'write title: TEXT'],
    ['description', 'write description: TEXT, one sentence'],
  ] as const
  return keys.flatMap(([key, todo]): Problem[] => {
    if (Object.hasOwn(values, key))
      return v.is(FRONTMATTER.entries[key], values[key])
        ? []
        : [{ file, line: lineOf(key), what: `a bad ${key}`, todo }]
    const where = `${todo}, between the two --- lines at the top`
    return needed ? [{ file, line: 1, what: `the frontmatter has no ${key}`, todo: where }] : []
  })
}

function checkName(file: string): Problem[] {
  const name = path.basename(file, '.md')
  if (!treeOf(file) || isLessonSlug(name)) return []
  const todo = `name it NN-slug.md: two digits, then lowercase letters, digits and \`-\`, up to 64 characters`
  return [{ file, what: 'a lesson whose name gives it no place and no address', todo }]
}

/** `<<<` lines that name a file or a region that is not there. */
async function missingSnippets({ file, snippets }: Lesson): Promise<Problem[]> {
  const tree = treeOf(file) ?? ROOT
  const from = path.relative(tree, path.resolve(file))
  const found = await Promise.all(
    snippets.map(async ({ line, path: written, region }): Promise<Problem[]> => {
      const there = snippetFile(from, written)
      if (treeOf(file) && there.startsWith('..')) {
        const todo = 'put the script into it'
        return [{ file, line, what: `${written} leads out of the folder of the lessons`, todo }]
      }
      const text = await readFile(path.join(tree, there), 'utf8').catch(() => undefined)
      if (text === undefined)
        return [{ file, line, what: `there is no file ${written}`, todo: 'write it, or correct the path' }]
      const has = (word: string) => new RegExp(`#${word} ${RegExp.escape(region!)}\\s*$`, 'm').test(text)
      if (!region || (has('region') && has('endregion'))) return []
      if (has('region')) {
        const todo = `write \`#endregion ${region}\` in a comment where it ends`
        return [{ file, line, what: `the region ${region} of ${written} has no end`, todo }]
      }
      const todo = `put it between \`#region ${region}\` and \`#endregion ${region}\``
      return [{ file, line, what: `${written} has no region ${region}`, todo }]
    }),
  )
  return found.flat()
}

/** Scripts that a command runs, and is expected to run well, but that the page does not have. */
async function missingScripts(lesson: Lesson): Promise<Problem[]> {
  const { file } = lesson
  const folder = scriptsOf(file)
  const commands = allTranscripts(lesson).flatMap(transcript => transcript.commands)
  const problems: Problem[] = []
  const seen = new Set<string>()
  let above = ''
  for (const { line, input, expectation } of commands) {
    const text = input.join('\n')
    const named = [...text.matchAll(SCRIPT), ...text.matchAll(PROGRAM)]
    for (const [, script = ''] of named) {
      // A command above may have made it; a failure may be just what the page is about.
      const rest = (text: string) => text.replace(SCRIPT, '').replace(PROGRAM, '')
      const made = [above, text].some(text => rest(text).includes(script.replace(/^\.\//, '')))
      if (seen.has(script) || made || expectation.status) continue
      seen.add(script)
      const there = await stat(path.join(folder, script)).catch(() => undefined)
      if (there) continue
      const what = `the command runs ${script}, but ${relative(folder)} has no such file`
      problems.push({ file, line, what, todo: 'write the script, or correct its name' })
    }
    above += `${text}\n`
  }
  return problems
}

/** A file of the workspace that a command begins with. */
const PROGRAM = /(?:^|[;&|(]\s*)(\.\/\w[\w./-]*)(?![\w./-])/gm
const SCRIPT =
  /\b(?:node|python3|bash|sh)(?:\s+--?[a-z][\w-]*(?:=\S+)?)*\s+((?:\.\/)?\w[\w./-]*\.(?:[cm]?[jt]s|py|sh))\b/g
