/** `npm run proofread`: what a reader would stumble over, and no run of a transcript can find. */
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { type Lesson, LessonError, parseLesson } from '../format/lesson.ts'
import { frontmatterOf, readTokens } from '../format/page.ts'
import { shownText, snippetFile } from '../format/snippet.ts'
import { StartError } from '../start-error.ts'
import { ROOT } from '../workbench/course.ts'
import { evidenceOf, type Proofs, reportUnbacked } from './claims.ts'
import { deadLinks, type Linked } from './dead-links.ts'
import type { Evidence } from './evidence.ts'
import { type Link, readHeadings, readLinks } from './links.ts'
import type { Problem } from './page-checks.ts'
import { readSections } from './prose.ts'
import { problemText } from './reporters.ts'
import { type Files, unrunCode, unshownScripts } from './shown-scripts.ts'
import { type AnchorsOf, readSite } from './site-anchors.ts'

const USAGE = `npm run proofread
It lists code that nothing runs, scripts that no page shows, dead links, and numbers that nothing beside them backs.
It ends with 0 if there is none of it, with 1 if there is.`
const LESSON = /^docs\/lessons\/[^/]+\.md$/
const PAGE = /^(?:docs\/.*|README|CONTRIBUTING)\.md$/
/** In a component, an address of the site that is written out. */
const ADDRESS = /(?:withBase\(|\s(?:href|src)=)['"](\/[^'"]*)['"]/g
/** In frontmatter, as the home page of VitePress's theme has them. */
const SETTING = /^[ \t-]*(?:link|src|href):[ \t]*['"]?([^\s'"]+)/gm
/** Folders of what is installed, built or written by tests; some of it goes away while this reads. */
const LEFT_OUT = ['.git', 'node_modules', 'cache', 'dist', '.temp', 'output', '__pycache__']
const STATUS = { clean: 0, found: 1, usage: 2 } as const

/**
 * Reads all pages.
 *
 * @param files the repository's; only of Markdown, scripts and components the text is looked at
 * @param settings links that stand in no page, but in the site's configuration
 * @returns findings by file and line
 */
export function proofread(files: Files, anchorsOf: AnchorsOf, settings?: Linked): Problem[] {
  const problems: Problem[] = []
  const lessons: Lesson[] = []
  for (const [file, text] of files) {
    if (!LESSON.test(file)) continue
    try {
      lessons.push(parseLesson(text, file))
    } catch (error) {
      if (!(error instanceof LessonError)) throw error
      problems.push(...error.mistakes)
    }
  }
  for (const lesson of lessons) problems.push(...unrunCode(lesson, files.get(lesson.file)!, files))
  problems.push(...unshownScripts(lessons, files), ...unbackedNumbers(lessons, files))
  problems.push(...deadLinks([...linkedOf(files, anchorsOf), ...(settings ? [settings] : [])], files.keys()))
  return problems.sort((a, b) =>
    a.file === b.file ? (a.line ?? 0) - (b.line ?? 0) : a.file < b.file ? -1 : 1,
  )
}

/** A repository's files, without what is installed or built. Text that is none of Markdown, scripts or components is ''. */
export async function readFiles(root: string): Promise<Files> {
  const files = new Map<string, string>()
  await readFolder('')
  return files

  async function readFolder(folder: string): Promise<void> {
    for (const entry of await readdir(path.join(root, folder), { withFileTypes: true })) {
      const name = path.posix.join(folder, entry.name)
      if (LEFT_OUT.includes(entry.name)) continue
      if (entry.isDirectory()) await readFolder(name)
      else
        files.set(
          name,
          /\.(?:md|ts|py|vue|sh|yaml)$/.test(name) ? await readFile(path.join(root, name), 'utf8') : '',
        )
    }
  }
}

function unbackedNumbers(lessons: Lesson[], files: Files): Problem[] {
  const pages = lessons.map(lesson => {
    const { file } = lesson
    const sections = readSections(readTokens(files.get(file)!, () => {}))
    const proofs: Proofs = { lesson, snippetText, linked }
    return { file, sections, proofs }

    function snippetText(line: number): string {
      const snippet = lesson.snippets.find(snippet => snippet.line === line)
      const text = snippet && files.get(snippetFile(file, snippet.path))
      return text === undefined ? '' : shownText(text, snippet?.region)
    }

    function linked(href: string): Evidence | undefined {
      const to = path.posix.join(path.posix.dirname(file), href.replace(/#.*$/, ''))
      const page = pages.find(page => page.file === to && !href.startsWith('#'))
      return page && evidenceOf(page.sections, page.proofs)
    }
  })
  return pages.flatMap(({ file, sections, proofs }) => {
    const problems: Problem[] = []
    reportUnbacked(sections, proofs, mistake => void problems.push({ file, ...mistake }))
    return problems
  })
}

function linkedOf(files: Files, anchorsOf: AnchorsOf): Linked[] {
  return [...files].flatMap(([file, text]): Linked[] => {
    if (PAGE.test(file)) {
      const tokens = readTokens(text, () => {})
      const links = [...linksIn(frontmatterOf(text), SETTING), ...readLinks(tokens)]
      return [{ file, links, anchors: anchorsOf(text), headings: readHeadings(tokens) }]
    }
    const isComponent = file.startsWith('.vitepress/theme/') && file.endsWith('.vue')
    return isComponent ? [{ file, links: linksIn(text, ADDRESS), anchors: [], headings: [] }] : []
  })
}

function linksIn(text: string, pattern: RegExp): Link[] {
  return [...text.matchAll(pattern)].map(({ 1: target = '', index }) => {
    return { line: text.slice(0, index).split('\n').length, target }
  })
}

async function main(args: string[]): Promise<number> {
  if (args.length > 0 && args[0] !== '--help')
    throw new StartError(`unknown argument ${args[0]}; it takes none`)
  if (args.length > 0) {
    console.log(USAGE)
    return STATUS.clean
  }
  const [files, { anchorsOf, settings }] = await Promise.all([readFiles(ROOT), readSite(ROOT)])
  const problems = proofread(files, anchorsOf, settings)
  for (const problem of problems) console.log(problemText(problem))
  return problems.length > 0 ? STATUS.found : STATUS.clean
}

if (process.argv[1] === import.meta.filename) {
  try {
    process.exitCode = await main(process.argv.slice(2))
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    console.error(`proofread: ${error.message}`)
    process.exitCode = STATUS.usage
  }
}
