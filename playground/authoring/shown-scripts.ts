/** Whether what a lesson's page shows is run, and what its commands run is shown. */
import { posix as path } from 'node:path'
import type { Lesson } from '../format/lesson.ts'
import { readPage } from '../format/page.ts'
import { snippetFile } from '../format/snippet.ts'
import { allTranscripts } from '../format/way.ts'
import type { Problem } from './page-problems.ts'

/** Text of the files of a repository, by their path from its folder. */
export type Files = ReadonlyMap<string, string>

/** Snippets of scripts that no transcript of the page runs, and code that is no snippet. */
export function unrunCode(lesson: Lesson, text: string, files: Files): Problem[] {
  const { file } = lesson
  const run = runFiles(lesson, files)
  const snippets = lesson.snippets.flatMap(({ line, path: written }): Problem[] => {
    const snippet = snippetFile(file, written)
    if (run.has(snippet)) return []
    if (MANIFEST.test(snippet)) {
      if (isTested(snippet, files)) return []
      const todo = 'check in a test what the page says of it, or take the snippet out'
      return [{ file, line, what: `no test reads ${path.basename(written)}`, todo }]
    }
    const todo = 'run it in a console fence of this page, or take the snippet out'
    return [{ file, line, what: `no transcript of this page runs ${path.basename(written)}`, todo }]
  })
  const fences = readPage(text, () => {}).fences.flatMap(({ line, info }): Problem[] => {
    if (!CODE.test(info)) return []
    const todo = 'put the code into a script of the lesson, run that, and show it with <<<'
    return [{ file, line, what: 'code that is no snippet, so nothing runs it', todo }]
  })
  return [...snippets, ...fences]
}

/** Scripts of lessons that no page shows, neither whole nor a region, nor a file that is equal to them. */
export function unshownScripts(lessons: readonly Lesson[], files: Files): Problem[] {
  const shown = lessons.flatMap(({ file, snippets }) => snippets.map(({ path }) => snippetFile(file, path)))
  const texts = new Set(shown.map(file => files.get(file)))
  return [...files].flatMap(([file, text]): Problem[] => {
    const slug = /^lessons\/(\d\d-[^/]+)\/(?!checks\.ts$)/.exec(file)?.[1]
    if (slug === undefined || texts.has(text)) return []
    const todo = `show it in docs/lessons/${slug}.md with <<<, in a <details> if it is beside the point, or remove it`
    return [{ file, line: 1, what: 'a script that no page shows', todo }]
  })
}

/** For a machine that is not here, as Kubernetes is. */
const MANIFEST = /\.yaml$/
const CODE = /^(?:[cm]?[jt]sx?|javascript|typescript|py|python3?)(?=[\s[{:]|$)/

/** Those that a command names, and those that a file of them imports or starts. */
function runFiles(lesson: Lesson, files: Files): Set<string> {
  const folder = `lessons/${path.basename(lesson.file, '.md')}/`
  const scripts = [...files.keys()].filter(name => name.startsWith(folder))
  const commands = allTranscripts(lesson)
    .flatMap(({ commands }) => commands.map(({ input }) => input.join('\n')))
    .join('\n')
  const run = new Set(scripts.filter(script => isNamed(script, commands)))
  for (const script of run) {
    const text = withoutComments(files.get(script)!, script)
    for (const other of scripts) if (names(text, script, other)) run.add(other)
  }
  return run
}

function isTested(snippet: string, files: Files): boolean {
  const { dir, base } = path.parse(snippet)
  return [...files].some(
    ([file, text]) => /^test\/.*\.ts$/.test(file) && text.includes(dir) && text.includes(base),
  )
}

function names(text: string, script: string, other: string): boolean {
  const { name, ext, base } = path.parse(other)
  if (ext === '.py' && new RegExp(`^\\s*(?:from|import) ${RegExp.escape(name)}\\b`, 'm').test(text))
    return true
  if (new RegExp(`['"\`](?:[^'"\`\\n]*/)?${RegExp.escape(base)}['"\`]`).test(text)) return true
  // A list of names, and a string that puts the ending to one of them.
  const endings = new RegExp(`\\}${RegExp.escape(ext)}['"\`]`)
  return (
    path.extname(script) === ext &&
    endings.test(text) &&
    new RegExp(`['"\`]${RegExp.escape(name)}['"\`]`).test(text)
  )
}

/** By its file name, or as Python's web servers want it: `app:wsgi` is `wsgi` in app.py. */
function isNamed(script: string, commands: string): boolean {
  const { name, ext, base } = path.parse(script)
  if (new RegExp(`(?<![\\w.-])${RegExp.escape(base)}(?![\\w.-])`).test(commands)) return true
  return ext === '.py' && new RegExp(`(?<![\\w.-])${RegExp.escape(name)}:[a-z_]`).test(commands)
}

function withoutComments(text: string, script: string): string {
  return script.endsWith('.py')
    ? text.replace(/"""[\s\S]*?"""/g, '').replace(/(?<=^|\s)#.*$/gm, '')
    : text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(?<=^|\s)\/\/.*$/gm, '')
}
