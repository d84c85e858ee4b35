/** `verify --watch`: what is saved runs again, as far as it is concerned. */
import { existsSync, watch } from 'node:fs'
import path from 'node:path'
import { relative, scriptsOf } from '../course/places.ts'
import { removeWatched } from '../course/watched.ts'
import type { CheckPlace } from '../format/check.ts'
import type { Lesson } from '../format/lesson.ts'
import type { Lang, Transcript } from '../format/transcript.ts'
import { createBoard } from './board.ts'
import type { Problem } from './page-problems.ts'
import { type Page, readPages } from './pages.ts'
import { type RunPagesOptions, runPages } from './passes.ts'
import type { PageReport } from './report.ts'
import { problemText } from './report-text.ts'
import { stopped } from './runs.ts'
import type { Target } from './targets.ts'

export interface WatchOptions extends Pick<RunPagesOptions, 'atOnce' | 'strict' | 'lang' | 'show' | 'on'> {
  say(text: string): void
}

/** Editors save in several steps. Milliseconds. */
const TOGETHER_MS = 30

type Item = Transcript | CheckPlace

/** Runs all pages, and then what changes, until the runs are stopped. A line begins and ends each turn, for editors. */
export async function watchPages(targets: Target[], options: WatchOptions): Promise<void> {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  stopped.addEventListener('abort', () => end(), { once: true })
  if (stopped.aborted) return
  /** What is true, by page: keys of its transcripts and checks. */
  const proven = new Map<string, Set<string>>()
  const changed = new Set<string>()
  const board = createBoard()
  process.once('exit', () => removeWatched())
  let timer: NodeJS.Timeout | undefined
  let turn = runTurn(targets)

  const watchers = foldersOf(targets).map(folder =>
    watch(folder, { recursive: true }, (_, name) => {
      if (name === null) return
      changed.add(path.join(folder, name))
      clearTimeout(timer)
      timer = setTimeout(() => {
        turn = turn.then(again)
      }, TOGETHER_MS)
    }),
  )
  await ended
  clearTimeout(timer)
  for (const watcher of watchers) watcher.close()
  await turn

  async function again(): Promise<void> {
    const files = [...changed]
    changed.clear()
    const concerned = targets.filter(({ file }) => {
      const own = proven.get(file)
      const [page, scripts] = [path.resolve(file), scriptsOf(file)]
      const saved = files.filter(name => name === page || isScript(name, scripts))
      for (const name of saved) {
        if (path.basename(name) === 'checks.ts') forget(own, key => key.startsWith('check '))
        else if (name !== page) own?.clear()
      }
      return saved.length > 0
    })
    if (concerned.length > 0) await runTurn(concerned)
  }

  async function runTurn(concerned: Target[]): Promise<void> {
    board.begin(concerned.map(({ file }) => file))
    options.say(`watch: running ${concerned.map(({ file }) => relative(file)).join(', ')}`)
    try {
      const { pages, mistakes, warnings } = await readPages(concerned)
      for (const problem of [...mistakes, ...warnings])
        options.say(problemText({ ...problem, file: relative(problem.file) }))
      for (const { file } of concerned) board.refuse(file, mistakes.filter(of => isOf(file, of)).map(inPage))
      for (const page of pages) await runPage(page)
    } catch (error) {
      if (!stopped.aborted) options.say((error as Error).message)
    }
    if (stopped.aborted) return
    board.rest()
    options.say('watch: waiting for what is saved next')
  }

  async function runPage(page: Page): Promise<void> {
    const { file, lesson } = page
    const own = proven.get(file) ?? new Set()
    proven.set(file, own)
    const items = itemsOf(lesson).filter(({ line }) => line <= (page.until ?? Number.POSITIVE_INFINITY))
    const languages: (Lang | null)[] = lesson.languages.length > 0 ? lesson.languages : [null]
    const due = (lang: Lang | null) =>
      items.filter(item => (!item.lang || item.lang === lang) && !own.has(keyOf(item, lang)))
    const left = languages.filter(
      lang => (!options.lang || !lang || lang === options.lang) && due(lang).length > 0,
    )
    if (left.length === 0) options.say(`${relative(file)}: nothing has changed of what runs`)
    for (const lang of left) {
      const mine = due(lang)
      const lines = new Set(mine.map(({ line }) => line))
      // What is above is run for the state that it leaves, and what is below is not.
      const last = mine.at(-1)!
      const until = last === items.findLast(item => !item.lang || item.lang === lang) ? page.until : last.line
      const on = (report: PageReport) => options.on(only(report, lines))
      const { reports } = await runPages([{ ...page, until }], {
        ...options,
        lang: lang ?? undefined,
        repeat: 1,
        on,
      })
      for (const item of items) note(own, item, lang, reports[0])
      board.note(file, lesson, reports)
      const rows = reports.flatMap(({ transcripts, checks }) => [...transcripts, ...checks])
      const states = new Set(rows.map(({ state }) => state))
      // It may be what a program did at the end of the page: only a run up to there says whether that is mended.
      if (states.has('failed') && !states.has('unreached')) own.delete(keyOf(items.at(-1)!, lang))
    }
  }
}

/** Of a page or of what it runs. */
function isOf(page: string, { file }: Problem): boolean {
  const full = path.resolve(file)
  return full === path.resolve(page) || (full.startsWith(scriptsOf(page) + path.sep) && !file.endsWith('.md'))
}

/** As a line on the page that is meant. */
function inPage(problem: Problem): string {
  return problemText({ ...problem, file: path.basename(problem.file) })
}

/** Of what has run, whether it is true now. */
function note(own: Set<string>, item: Item, lang: Lang | null, report: PageReport | undefined): void {
  const rows = 'name' in item ? report?.checks : report?.transcripts
  const row = rows?.find(({ line }) => line === item.line)
  if (!row) return
  if (row.state === 'failed' || row.state === 'unreached') own.delete(keyOf(item, lang))
  else own.add(keyOf(item, lang))
}

function keyOf(item: Item, lang: Lang | null): string {
  return 'name' in item ? `check ${item.name} ${lang}` : `${item.id} ${lang}`
}

function itemsOf({ transcripts, checks }: Lesson): Item[] {
  return [...transcripts, ...checks].sort((a, b) => a.line - b.line)
}

/** What failed above is told, too: it is why the rest was not reached. */
function only(report: PageReport, lines: ReadonlySet<number>): PageReport {
  const isMeant = ({ line, state }: { line: number; state: string }) => lines.has(line) || state === 'failed'
  return { ...report, transcripts: report.transcripts.filter(isMeant), checks: report.checks.filter(isMeant) }
}

function forget(own: Set<string> | undefined, isMeant: (key: string) => boolean): void {
  for (const key of own ?? []) if (isMeant(key)) own!.delete(key)
}

function isScript(file: string, scripts: string): boolean {
  return file.startsWith(scripts + path.sep) && !file.endsWith('.md') && !/\/\.|~$/.test(file)
}

/** Those of pages and scripts, none within another. */
function foldersOf(targets: Target[]): string[] {
  const all = targets.flatMap(({ file }) => [path.dirname(path.resolve(file)), scriptsOf(file)])
  const there = [...new Set(all)].filter(folder => existsSync(folder))
  return there.filter(folder => !there.some(other => folder.startsWith(other + path.sep)))
}
