/** Somebody else's folder of lessons, read as a tree like ours. Nothing of it is run here. */
import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { posix as path } from 'node:path'
import { stringify } from 'yaml'
import { isLessonSlug } from '../format/slug.ts'
import { snippetFile } from '../format/snippet.ts'
import { StartError } from '../start-error.ts'
import { NO_OUTLINE, type Outline, parseOutline } from './outline.ts'
import { lessonsOf, ROOT } from './places.ts'

/** A file of the tree, and where it comes from: a file, or text that stands in no file as it is here. */
export type Piece = { from: string } | { from?: string; text: string }

/** By path below the tree's folder. */
export type Pieces = Map<string, Piece>

/** Of one folder; a course is far below. */
const MAX_FILES = 4000
const MAX_BYTES = 64 * 1024 * 1024
const LEFT_OUT = /^(?:\.|node_modules$|__pycache__$)/
const PICTURE = /\.(?:svg|png|jpe?g|gif|webp|avif)$/
const SNIPPET = /^( {0,3}<<<[ \t]*)([^\s#{[]+)/gm
/** Pages that speak of no lesson in particular. */
const COMMON = ['docs/words.md', 'docs/playground.md', 'docs/progress.md', 'docs/public/favicon.svg']
/** What our own course consists of besides. */
const OURS = ['docs/lessons', 'docs/guide', 'docs/kernels', 'docs/public', 'lessons']
const OUR_PAGES = ['docs/reference.md', 'docs/claims.md']

/**
 * Two forms: a tree with `docs/lessons` and `lessons`, as ours is; or pages `NN-slug.md` with the scripts that they
 * share beside them. Either may have a `course.yaml` and an `index.md`.
 *
 * @param folder absolute
 * @param withOurs our own lessons stand behind them
 * @throws {StartError} one line, for the first thing that is wrong
 */
export async function readForeign(folder: string, withOurs: boolean): Promise<Pieces> {
  if (!(await stat(folder).catch(() => undefined))?.isDirectory())
    throw new StartError(`${folder}: there is no such folder; give one with lessons in it`)
  const isTree = existsSync(lessonsOf(folder))
  const pieces = isTree ? await readTree(folder) : await readFlat(folder)
  const slugs = slugsOf(pieces)
  if (slugs.length === 0) {
    const where = isTree ? 'docs/lessons' : 'it'
    throw new StartError(`${folder}: there is no lesson in ${where}; name pages NN-slug.md: 01-first.md`)
  }
  const outline = await placeOutline(
    pieces,
    path.join(folder, isTree ? 'docs/course.yaml' : 'course.yaml'),
    slugs,
  )
  assertWritten(outline, path.join(folder, isTree ? 'docs/course.yaml' : 'course.yaml'), pieces)
  if (outline.mark !== undefined) {
    const from = path.join(folder, isTree ? 'docs' : '.', outline.mark)
    if (!existsSync(from))
      throw new StartError(`${from}: there is no such file; put the mark of the course there`)
    pieces.set(`docs/public/${outline.mark}`, { from })
  }
  if (!pieces.has('docs/index.md')) pieces.set('docs/index.md', { text: homePage(outline) })
  for (const name of COMMON) if (!pieces.has(name)) pieces.set(name, { from: path.join(ROOT, name) })
  if (withOurs) await addOurs(pieces, slugs)
  return pieces
}

export function slugsOf(pieces: Pieces): string[] {
  const names = [...pieces.keys()].map(name => /^docs\/lessons\/([^/]+)\.md$/.exec(name)?.[1] ?? '')
  return names.filter(isLessonSlug).sort()
}

async function readTree(folder: string): Promise<Pieces> {
  const pieces: Pieces = new Map()
  for (const part of ['docs', 'lessons'])
    for (const name of await filesIn(path.join(folder, part)))
      pieces.set(path.join(part, name), { from: path.join(folder, part, name) })
  const pages = [...pieces.keys()].filter(name => /^docs\/lessons\/[^/]+\.md$/.test(name))
  for (const page of pages) {
    const from = path.join(folder, page)
    for (const [, , written = ''] of (await readFile(from, 'utf8')).matchAll(SNIPPET))
      if (snippetFile(page, written).startsWith('..')) throw outside(from, written)
  }
  return pieces
}

/** Each page gets a lesson's scripts of its own, as a tree has them. */
async function readFlat(folder: string): Promise<Pieces> {
  const pieces: Pieces = new Map()
  const files = await filesIn(folder)
  const slugs = files
    .filter(name => isLessonSlug(name.replace(/\.md$/, '')))
    .map(name => path.parse(name).name)
  const isScript = (name: string) => !/\.md$|^course\.yaml$/.test(name) && !PICTURE.test(name)
  const shared = files.filter(isScript)
  for (const slug of slugs) {
    const from = path.join(folder, `${slug}.md`)
    const text = (await readFile(from, 'utf8')).replace(SNIPPET, (whole, mark: string, written: string) => {
      if (written.startsWith('@/')) return whole
      const file = path.normalize(written)
      if (path.isAbsolute(file) || file.startsWith('..')) throw outside(from, written)
      return `${mark}@/../lessons/${slug}/${file}`
    })
    pieces.set(`docs/lessons/${slug}.md`, { from, text })
    for (const name of shared) pieces.set(`lessons/${slug}/${name}`, { from: path.join(folder, name) })
  }
  for (const name of files.filter(name => PICTURE.test(name)))
    pieces.set(`docs/lessons/${name}`, { from: path.join(folder, name) })
  if (files.includes('index.md')) pieces.set('docs/index.md', { from: path.join(folder, 'index.md') })
  return pieces
}

function outside(page: string, written: string): StartError {
  return new StartError(`${page}: <<< ${written} leads out of its folder; put the script into it`)
}

/** As it is, or one of the lessons in their order: each of them has a place before ours. */
async function placeOutline(pieces: Pieces, file: string, slugs: string[]): Promise<Outline> {
  const text = existsSync(file) ? await readFile(file, 'utf8') : undefined
  const outline = text === undefined ? NO_OUTLINE : parseOutlineOr(text, file)
  if (outline.parts.length > 0) pieces.set('docs/course.yaml', { from: file })
  else {
    const { title, description, mark } = outline
    const made = {
      title,
      description: description || title,
      ...(mark && { mark }),
      parts: [{ title, lessons: slugs }],
    }
    pieces.set('docs/course.yaml', { from: file, text: stringify(made) })
  }
  return outline
}

/** With ours behind them, a course may name ours, too. */
function assertWritten({ parts }: Outline, file: string, pieces: Pieces): void {
  for (const { slug, planned } of parts.flatMap(({ lessons }) => lessons)) {
    const isThere = planned || pieces.has(`docs/lessons/${slug}.md`)
    if (isThere || existsSync(path.join(lessonsOf(ROOT), `${slug}.md`))) continue
    const todo = 'write it, or say { slug, title, about } of it until then'
    throw new StartError(`${file}: there is no page ${slug}.md; ${todo}`)
  }
}

function parseOutlineOr(text: string, file: string): Outline {
  try {
    return parseOutline(text, file)
  } catch (error) {
    // One line is what can be told here: the next one comes when this is mended.
    throw new StartError((error as Error).message.split('\n', 1)[0]!)
  }
}

async function addOurs(pieces: Pieces, theirs: string[]): Promise<void> {
  const twice = theirs.find(slug => existsSync(path.join(lessonsOf(ROOT), `${slug}.md`)))
  if (twice)
    throw new StartError(
      `${twice} is a lesson of ours, too; give yours another name, or leave out --with-ours`,
    )
  const add = (name: string) => pieces.has(name) || pieces.set(name, { from: path.join(ROOT, name) })
  for (const folder of OURS)
    for (const name of await filesIn(path.join(ROOT, folder))) add(path.join(folder, name))
  OUR_PAGES.forEach(add)
  pieces.set('docs/course.ours.yaml', { from: path.join(ROOT, 'docs/course.yaml') })
}

/** Paths below a folder, in order; none where there is none. @throws {StartError} for a link, or more than a course has */
async function filesIn(folder: string): Promise<string[]> {
  const files: string[] = []
  let bytes = 0
  await read('')
  return files.sort()

  async function read(inner: string): Promise<void> {
    const entries = await readdir(path.join(folder, inner), { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      const name = path.join(inner, entry.name)
      const full = path.join(folder, name)
      if (LEFT_OUT.test(entry.name)) continue
      if (entry.isSymbolicLink()) throw new StartError(`${full} is a link; put the file itself there`)
      if (entry.isDirectory()) await read(name)
      if (!entry.isFile()) continue
      files.push(name)
      bytes += (await stat(full)).size
      if (files.length > MAX_FILES || bytes > MAX_BYTES) {
        const most = `${MAX_FILES} files or ${MAX_BYTES >> 20} MiB`
        throw new StartError(`${folder}: more than ${most}; give a folder that holds lessons only`)
      }
    }
  }
}

/** The theme's, which knows the rest from the course. */
function homePage({ title }: Outline): string {
  const components = ['CourseMap', 'Preflight', 'StartButton']
  const imports = components.map(name => `import ${name} from '../.vitepress/theme/home/${name}.vue'`)
  return [
    `---\nlayout: home\ntitle: ${JSON.stringify(title)}\n---\n`,
    `<script setup>\nimport { useData } from 'vitepress'\n${imports.join('\n')}\n\nconst { site } = useData()\n</script>\n`,
    '<div class="home-top">\n<div>\n\n<h1 v-text="site.title"></h1>\n\n<p v-text="site.description"></p>\n\n<StartButton />\n\n</div>\n</div>\n',
    '## The course\n\n<CourseMap />\n',
    '## What you need\n',
    'A Linux kernel and Node. The terminals run on your own machine, each lesson in a network of its own, so no port of yours is taken and nothing is left behind.\n',
    '<Preflight />\n',
  ].join('\n')
}
