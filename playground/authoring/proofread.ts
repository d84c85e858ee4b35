/** `npm run proofread`: what a reader would stumble over, and no run of a transcript can find. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { parsePage } from '../course/pages.ts'
import { callersFolder, ROOT } from '../course/places.ts'
import { createStage, useTree } from '../course/stage.ts'
import { frontmatterOf } from '../format/frontmatter.ts'
import type { Lesson } from '../format/lesson.ts'
import { readTokens } from '../format/page.ts'
import { shownText, snippetFile } from '../format/snippet.ts'
import { StartError } from '../start-error.ts'
import { evidenceOf, type Proofs, reportUnbacked } from './claims.ts'
import { deadLinks, type Linked } from './dead-links.ts'
import type { Evidence } from './evidence.ts'
import { givenAway } from './given-away.ts'
import { keysOf } from './likeness.ts'
import { type Link, readHeadings, readLinks } from './links.ts'
import type { Problem } from './page-problems.ts'
import { readSections } from './prose.ts'
import { problemText } from './report-text.ts'
import { type Files, unrunCode, unshownScripts } from './shown-scripts.ts'
import { type AnchorsOf, readSite } from './site-anchors.ts'
import { unexplainedChoices } from './unexplained.ts'

const USAGE = `npm run proofread [-- --lessons DIR]
  --lessons DIR  somebody else's folder of lessons, in place of ours
It lists code that nothing runs, scripts that no page shows, dead links, numbers that nothing beside them backs, and
questions whose answer may be read above them.
It ends with 0 if there is none of it, with 1 if there is. Notes change no status: they list questions of pages that
do not say yet why a wrong choice is wrong.`
const LESSON = /^docs\/lessons\/[^/]+\.md$/
const PAGE = /^(?:docs\/.*|README|CONTRIBUTING)\.md$/
/** In a component, an address of the site that is written out. */
const ADDRESS = /(?:withBase\(|\s(?:href|src)=)['"](\/[^'"]*)['"]/g
/** In frontmatter, as the home page of VitePress's theme has them. */
const SETTING = /^[ \t-]*(?:link|src|href):[ \t]*['"]?([^\s'"]+)/gm
/** Folders of what is installed, built or written by tests; some of it goes away while this reads. */
const LEFT_OUT = ['.git', 'node_modules', 'cache', 'dist', '.temp', 'output', '__pycache__']
const STATUS = { clean: 0, found: 1, usage: 2 } as const

/** By file and line; `notes` are no mistakes. */
interface Found {
  problems: Problem[]
  notes: Problem[]
}

/**
 * Reads all pages.
 *
 * @param files the repository's; only of Markdown, scripts and components the text is looked at
 * @param settings links that stand in no page, but in the site's configuration
 */
export function proofread(files: Files, anchorsOf: AnchorsOf, settings?: Linked): Found {
  const problems: Problem[] = []
  const notes: Problem[] = []
  const lessons: Lesson[] = []
  for (const [file, text] of files) {
    if (!LESSON.test(file)) continue
    const { lesson, mistakes } = parsePage(text, file)
    if (lesson) lessons.push(lesson)
    else problems.push(...mistakes)
  }
  const words = vocabularyOf(files.get('docs/words.md') ?? '')
  for (const lesson of lessons) {
    const unexplained = unexplainedChoices(lesson)
    const text = files.get(lesson.file)!
    problems.push(
      ...unrunCode(lesson, text, files),
      ...unexplained.problems,
      ...givenAway(lesson, text, words),
    )
    notes.push(...unexplained.notes)
  }
  problems.push(...unshownScripts(lessons, files), ...unbackedNumbers(lessons, files))
  problems.push(...deadLinks([...linkedOf(files, anchorsOf), ...(settings ? [settings] : [])], files.keys()))
  return { problems: problems.sort(byPlace), notes: notes.sort(byPlace) }
}

/** What every lesson speaks of: the headings of the page of words. Names in capitals are no words. */
function vocabularyOf(page: string): Set<string> {
  const headings = readHeadings(readTokens(page, () => {}))
  return new Set(headings.flatMap(heading => keysOf(heading.replace(/\b[A-Z_-]{2,}\b/g, ''))))
}

function byPlace(a: Problem, b: Problem): number {
  return a.file === b.file ? (a.line ?? 0) - (b.line ?? 0) : a.file < b.file ? -1 : 1
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
  const [option, folder, ...more] = args
  if (option === '--help') {
    console.log(USAGE)
    return STATUS.clean
  }
  const isFolder = option === '--lessons' && folder !== undefined && more.length === 0
  if (option !== undefined && !isFolder)
    throw new StartError(`unexpected ${args.join(' ')}; it takes --lessons DIR, or nothing`)
  const found = await (folder === undefined ? proofreadTree(ROOT) : proofreadForeign(folder))
  for (const problem of found.problems) console.log(problemText(problem))
  for (const note of found.notes) console.log(`note: ${problemText(note)}`)
  return found.problems.length > 0 ? STATUS.found : STATUS.clean
}

async function proofreadTree(tree: string): Promise<Found> {
  const [files, { anchorsOf, settings }] = await Promise.all([readFiles(tree), readSite(ROOT)])
  return proofread(files, anchorsOf, settings)
}

/** Only what is said of their own files: ours are laid out beside them. */
async function proofreadForeign(given: string): Promise<Found> {
  const folder = path.resolve(callersFolder(), given)
  const base = await mkdtemp(path.join(os.tmpdir(), 'playground-proofread-'))
  try {
    const stage = await createStage({ folder, withOurs: false, at: path.join(base, 'tree') })
    useTree(stage.tree)
    const { problems, notes } = await proofreadTree(stage.tree)
    const theirs = (all: Problem[]) =>
      all.flatMap(problem => {
        const file = stage.originOf(problem.file)
        return file ? [{ ...problem, file: path.relative(callersFolder(), file) }] : []
      })
    return { problems: unique(theirs(problems)), notes: unique(theirs(notes)) }
  } finally {
    await rm(base, { recursive: true, force: true })
  }
}

/** Pages that share a script would each say the same of it. */
function unique(problems: Problem[]): Problem[] {
  return [...new Map(problems.map(problem => [problemText(problem), problem])).values()]
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
