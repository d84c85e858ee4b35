/** What is wrong with one page before anything runs, besides what its transcripts say. */
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { LineCounter, parseDocument } from 'yaml'
import type { Lesson } from '../format/lesson.ts'
import { ROOT, relative, scriptsOf, treeOf } from '../workbench/course.ts'

/** Printed as `FILE:LINE: what; what to do`, or without the line where the file as a whole is meant. */
export interface Problem {
  file: string
  line?: number
  what: string
  todo: string
}

/** A lesson's file without `.md`: its number, and its slug. */
export const NAME = /^\d\d-[a-z\d]+(?:-[a-z\d]+)*$/
const LONGEST_NAME = 64

/** @returns mistakes, none if all is well */
export async function checkPage(text: string, lesson: Lesson): Promise<Problem[]> {
  const { file } = lesson
  const checks = [missingSnippets(lesson), missingScripts(lesson)]
  return [...checkFrontmatter(text, file), ...checkName(file), ...(await Promise.all(checks)).flat()]
}

/** A lesson needs a title and a description; any page may have them, and then they must be right. */
function checkFrontmatter(text: string, file: string): Problem[] {
  const block = /^\ufeff?---[ \t]*\r?\n([\s\S]*?)(?:^|\r?\n)---[ \t]*(?:\r?\n|$)/.exec(text)?.[1]
  const needed = treeOf(file) !== undefined
  if (block === undefined && !needed) return []
  const counter = new LineCounter()
  const document = parseDocument(block ?? '', { lineCounter: counter })
  const lineOf = (offset: number | undefined) => (offset === undefined ? 1 : counter.linePos(offset).line + 1)
  const [broken] = document.errors
  if (broken) {
    const what = `the frontmatter is no YAML: ${broken.message.split('\n')[0]!.replace(/ at line .*/, '')}`
    return [
      {
        file,
        line: lineOf(broken.pos[0]),
        what,
        todo: 'write KEY: VALUE, and quotes around a value with `: `',
      },
    ]
  }
  const values: Record<string, unknown> = Object(document.toJS())
  const isText = (value: unknown) => typeof value === 'string' && value.trim() !== ''
  const keys: [string, (value: unknown) => boolean, string][] = [
    ['title', isText, 'write title: TEXT'],
    ['description', isText, 'write description: TEXT, one sentence'],
  ]
  return keys.flatMap(([key, right, todo]): Problem[] => {
    if (!Object.hasOwn(values, key)) {
      const where = `${todo}, between the two --- lines at the top`
      return needed ? [{ file, line: 1, what: `the frontmatter has no ${key}`, todo: where }] : []
    }
    const node = document.get(key, true) as { range?: [number, number, number] } | null | undefined
    return right(values[key]) ? [] : [{ file, line: lineOf(node?.range?.[0]), what: `a bad ${key}`, todo }]
  })
}

function checkName(file: string): Problem[] {
  const name = path.basename(file, '.md')
  if (!treeOf(file) || (NAME.test(name) && name.length <= LONGEST_NAME)) return []
  const todo = `name it NN-slug.md: two digits, then lowercase letters, digits and \`-\`, up to ${LONGEST_NAME} characters`
  return [{ file, what: 'a lesson whose name gives it no place and no address', todo }]
}

/** `<<<` lines that name a file or a region that is not there. */
async function missingSnippets({ file, snippets }: Lesson): Promise<Problem[]> {
  const docs = path.join(treeOf(file) ?? ROOT, 'docs')
  const found = await Promise.all(
    snippets.map(async ({ line, path: written, region }): Promise<Problem[]> => {
      const base = written.startsWith('@/') ? docs : path.dirname(file)
      const text = await readFile(path.join(base, written.replace(/^@\//, '')), 'utf8').catch(() => undefined)
      if (text === undefined)
        return [{ file, line, what: `there is no file ${written}`, todo: 'write it, or correct the path' }]
      if (!region || new RegExp(`#region ${RegExp.escape(region)}\\s*$`, 'm').test(text)) return []
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
  const commands = lesson.transcripts.flatMap(transcript => transcript.commands)
  const problems: Problem[] = []
  const seen = new Set<string>()
  let above = ''
  for (const { line, input, expectation } of commands) {
    const text = input.join('\n')
    for (const [, script = ''] of text.matchAll(SCRIPT)) {
      // A command above may have made it; a failure may be just what the page is about.
      const made = above.replace(SCRIPT, '').includes(script) || text.replace(SCRIPT, '').includes(script)
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

const SCRIPT =
  /\b(?:node|python3|bash|sh)(?:\s+--?[a-z][\w-]*(?:=\S+)?)*\s+((?:\.\/)?\w[\w./-]*\.(?:[cm]?[jt]s|py|sh))\b/g
