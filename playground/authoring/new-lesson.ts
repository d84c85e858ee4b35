/** `npm run new-lesson -- NN-slug`: a lesson that is true from the start, to be made one's own. */
import { existsSync } from 'node:fs'
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseCommand, runCommand } from '../command.ts'
import { callersFolder, lessonsOf, markdownFiles, ROOT } from '../course/places.ts'
import { isLessonSlug, numberOf } from '../format/slug.ts'
import { StartError } from '../start-error.ts'

const USAGE = `npm run new-lesson -- [--lessons DIR] NN-slug
  NN-slug        two digits for its place, then its name: 16-my-own
  --lessons DIR  into this folder of lessons, which is made if it is not there; without it: among ours
It writes docs/lessons/NN-slug.md, its scripts in both languages and a check into lessons/NN-slug, and, where there is
none, .vscode/tasks.json. In a folder whose pages share their scripts all stands beside them, and checks.ts gets one
function more. Nothing that is there is overwritten.`

const STARTER = path.join(import.meta.dirname, 'starter')
const OPTIONS = { lessons: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const
const CHECKS = 'checks.ts'
const SCRIPTS = ['server.ts', 'server.py', CHECKS]
const KIT = 'reuseport-playground/checks'

async function main(args: string[]): Promise<void> {
  const { values, positionals } = parseCommand('new-lesson', args, OPTIONS)
  if (values.help) {
    console.log(USAGE)
    return
  }
  const [slug, ...more] = positionals
  if (slug === undefined || more.length > 0 || !isLessonSlug(slug)) {
    const given =
      slug === undefined ? 'a lesson needs a name' : `${positionals.join(' ')} is no name of a lesson`
    throw new StartError(`${given}; give two digits and words of lowercase letters and digits: 16-my-own`)
  }
  const given = values.lessons
  const tree = given === undefined ? ROOT : path.resolve(callersFolder(), given)
  const isFlat = tree !== ROOT && (await markdownFiles(tree)).some(isLessonPage)
  const others = await assertFree(tree, slug, isFlat)
  const written: string[] = []
  const write = async (name: string, text: string) => {
    await mkdir(path.dirname(path.join(tree, name)), { recursive: true })
    await writeFile(path.join(tree, name), text, { flag: 'wx' })
    written.push(name)
  }
  const starter = async (name: string) => {
    const text = (await readFile(path.join(STARTER, name), 'utf8'))
      .replaceAll('TITLE', titleOf(slug))
      .replaceAll('"PROJECT"', JSON.stringify(path.relative(tree, ROOT) || '.'))
    return isFlat ? flattened(text, slug) : text.replaceAll('NN-slug', slug)
  }
  const page = isFlat ? `${slug}.md` : `docs/lessons/${slug}.md`
  await write(page, await starter('page.md'))
  for (const name of SCRIPTS) {
    if (!isFlat) await write(`lessons/${slug}/${name}`, await starter(name))
    else if (name !== CHECKS || !existsSync(path.join(tree, name)))
      await write(name === CHECKS ? name : `${numberOf(slug)}-${name}`, await starter(name))
    else {
      // What is theirs stays: the check is one function more.
      const check = (await starter(name))
        .replace(/^import .*\n/, '')
        .replace(': Check', `: import('${KIT}').Check`)
      await appendFile(path.join(tree, name), check)
      written.push(`${name}, at its end`)
    }
  }
  if (!existsSync(path.join(tree, '.vscode/tasks.json')))
    await write('.vscode/tasks.json', await starter('tasks.json'))
  const where = given === undefined ? '' : `--lessons ${given} `
  const shown = given === undefined ? page : path.join(given, page)
  console.log(`${tree}:\n${written.map(name => `  ${name}`).join('\n')}\n`)
  if (others > 0 && existsSync(path.join(tree, isFlat ? 'course.yaml' : 'docs/course.yaml')))
    console.log(`It comes last until course.yaml gives ${slug} a place.`)
  console.log(`It is true as it is:  npm run verify -- ${shown}`)
  console.log(`While you write:      npm run verify -- --watch ${shown}`)
  console.log(`As a reader sees it:  npm run docs${where && ` -- ${where}`}`)
}

/** @returns how many lessons there are already */
async function assertFree(tree: string, slug: string, isFlat: boolean): Promise<number> {
  const names = (await markdownFiles(isFlat ? tree : lessonsOf(tree))).filter(isLessonPage)
  const same = names.find(name => numberOf(name) === numberOf(slug))
  if (same) throw new StartError(`${same} has the number ${numberOf(slug)} already; give another one`)
  const number = numberOf(slug)
  const scripts = isFlat ? [`${number}-server.ts`, `${number}-server.py`] : [`lessons/${slug}`]
  const there = scripts.map(name => path.join(tree, name)).find(file => existsSync(file))
  if (there) throw new StartError(`${there} is there already; give another name, or move it away`)
  return names.length
}

function isLessonPage(name: string): boolean {
  return isLessonSlug(path.basename(name, '.md'))
}

/** For a folder whose pages share their scripts: these, and the check, carry the lesson's number. */
function flattened(text: string, slug: string): string {
  const number = numberOf(slug)
  return text
    .replace(/@\/\.\.\/lessons\/NN-slug\/(server\.\w+)/g, `./${number}-$1`)
    .replace(/(node|python3) (server\.\w+)/g, `$1 ${number}-$2`)
    .replaceAll('one-listens', `one-listens-${number}`)
    .replaceAll('oneListens', `oneListens${number}`)
}

/** `16-my-own` is "My own". */
function titleOf(slug: string): string {
  const words = slug.replace(/^\d\d-/, '').replaceAll('-', ' ')
  return words[0]!.toUpperCase() + words.slice(1)
}

await runCommand('new-lesson', main)
