/** `npm run handout`: lessons on paper, as PDF: what a run has printed, and the answers at the end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { chromium, type Page } from 'playwright-core'
import { parseCommand, runCommand } from '../command.ts'
import { readForeign, slugsOf } from '../course/foreign.ts'
import { readLesson } from '../course/pages.ts'
import { callersFolder, lessonsOf, ownPages, ROOT } from '../course/places.ts'
import type { Lang } from '../format/transcript.ts'
import { findProgram } from '../sandbox/preflight.ts'
import { StartError } from '../start-error.ts'
import { arrange, type PaperQuestion, runPage } from './handout-page.ts'

const USAGE = `npm run handout -- [options] LESSONS
  LESSONS        NN-slug, or paths of their pages; none: all lessons
  --lessons DIR  of this folder of lessons, in place of ours
  --lang LANG    ts (default) or py
  --notes        with the speaker notes, for who teaches
  --out DIR      where NN-slug.pdf goes (the folder you are in)
  --help         print this
It opens each lesson in Chromium, runs all of its commands, and prints the page: no buttons, what the run has printed,
and the answers at the end.`

const OPTIONS = {
  lessons: { type: 'string' },
  lang: { type: 'string', default: 'ts' },
  notes: { type: 'boolean' },
  out: { type: 'string', default: '.' },
  help: { type: 'boolean', short: 'h' },
} as const

/** By the name under which a distribution has it. */
const BROWSERS = [
  'chromium',
  'chromium-headless-shell',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
]
/** Until a page is there, at its first start on a slow machine. */
const PATIENCE_MS = 5 * 60_000
/** It asks nobody but our own server for anything. */
const QUIET = [
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

async function main(args: string[]): Promise<void> {
  const { values, positionals } = parseCommand('handout', args, OPTIONS)
  if (values.help) {
    console.log(USAGE)
    return
  }
  const { lang } = values
  if (lang !== 'ts' && lang !== 'py') throw new StartError(`--lang takes ts or py, not ${lang}`)
  const folder = values.lessons && path.resolve(callersFolder(), values.lessons)
  const slugs = await wanted(positionals, folder)
  const executablePath = await findBrowser()
  const out = path.resolve(callersFolder(), values.out)
  await mkdir(out, { recursive: true })
  const state = await mkdtemp(path.join(os.tmpdir(), 'playground-handout-'))
  const server = serve(folder, state)
  const browser = await chromium.launch({ executablePath, args: QUIET })
  try {
    const link = await linkOf(server)
    for (const slug of slugs) {
      const page = await browser.newPage({ colorScheme: 'light', reducedMotion: 'reduce' })
      await print(
        page,
        link.replace('/#', `/lessons/${slug}${values.notes ? '?notes' : ''}#`),
        lang,
        await questionsOf(slug, folder),
        path.join(out, `${slug}.pdf`),
      )
      await page.close()
      console.log(path.join(out, `${slug}.pdf`))
    }
  } finally {
    await browser.close()
    await end(server)
    await rm(state, { recursive: true, force: true })
  }
}

/** @throws {StartError} for one that the course has not */
async function wanted(given: string[], folder: string | undefined): Promise<string[]> {
  const own = async () => (await ownPages()).map(file => path.basename(file, '.md'))
  const all = folder ? slugsOf(await readForeign(folder, false)) : await own()
  for (const each of given) {
    if (all.includes(path.basename(each, '.md'))) continue
    throw new StartError(`${each} is no lesson of ${folder ?? 'ours'}; give one of ${all.join(', ')}`)
  }
  return given.length > 0 ? given.map(each => path.basename(each, '.md')) : all
}

async function questionsOf(slug: string, folder = ROOT): Promise<PaperQuestion[]> {
  const inTree = path.join(lessonsOf(folder), `${slug}.md`)
  const { questions } = await readLesson(existsSync(inTree) ? inTree : path.join(folder, `${slug}.md`))
  return questions.map(({ id, text, right, choices }) => ({
    id,
    text,
    right: choices.find(choice => choice.id === right)!.text,
    whys: choices.flatMap(({ text, why }) => (why ? { choice: text, why } : [])),
  }))
}

async function findBrowser(): Promise<string> {
  for (const name of BROWSERS) {
    const file = await findProgram(name, process.env.PATH)
    if (file) return file
  }
  throw new StartError('there is no Chromium here, which makes the PDF; sudo apt-get install chromium')
}

/** On a port of its own, for this alone: who runs the site meanwhile is not disturbed. */
function serve(folder: string | undefined, state: string): ChildProcess {
  const start = path.join(ROOT, 'playground/start.mjs')
  const args = [start, './main.ts', '--port', '0', ...(folder ? ['--lessons', folder] : [])]
  const env = { ...process.env, XDG_STATE_HOME: state }
  return spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
}

async function linkOf(server: ChildProcess): Promise<string> {
  let said = ''
  return new Promise((resolve, reject) => {
    for (const stream of [server.stdout, server.stderr])
      stream?.on('data', chunk => {
        said += chunk
        const [link] = /http:\S+\/#key=\S+/.exec(said) ?? []
        if (link) resolve(link)
      })
    server.once('exit', () => reject(new StartError(said.trim())))
  })
}

/** @throws Error when a command is not as expected: paper must not say what is not true */
async function print(
  page: Page,
  link: string,
  lang: Lang,
  questions: PaperQuestion[],
  file: string,
): Promise<void> {
  page.setDefaultTimeout(PATIENCE_MS)
  await page.addInitScript(chosen => localStorage.setItem('playground-lang', chosen), lang)
  await page.goto(link)
  // Vue leaves its application there once it has taken over what the server has rendered.
  await page.waitForFunction(() => '__vue_app__' in (document.querySelector('#app') ?? {}))
  const trouble = await page.evaluate(runPage)
  const title = path.basename(file, '.pdf')
  if (trouble) throw new Error(`${title}: not as expected: ${trouble}; npm run verify says more`)
  await page.evaluate(arrange, questions)
  const small =
    'font: 8px sans-serif; width: 100%; padding: 0 15mm; display: flex; justify-content: space-between'
  await page.pdf({
    path: file,
    format: 'A4',
    printBackground: true,
    displayHeaderFooter: true,
    headerTemplate: '<span></span>',
    footerTemplate: `<div style="${small}"><span class="title"></span><span class="pageNumber"></span></div>`,
    margin: { top: '14mm', bottom: '16mm', left: '15mm', right: '15mm' },
  })
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  server.kill('SIGTERM')
  await once(server, 'exit')
}

await runCommand('handout', main)
