/** What a watch knows of each page, for the page to show: also what was true before and has not run again. */
import path from 'node:path'
import { type Watched, type WatchedPage, type WatchedRow, writeWatched } from '../course/watched.ts'
import type { Lesson } from '../format/lesson.ts'
import { allTranscripts } from '../format/way.ts'
import { type PageReport, titleOf } from './report.ts'

export interface Board {
  /** These are about to run. */
  begin(files: readonly string[]): void
  /** What keeps a page from running; none: nothing does. */
  refuse(file: string, problems: string[]): void
  /** What came of a run. */
  note(file: string, lesson: Lesson, reports: readonly PageReport[]): void
  /** Nothing runs any more. */
  rest(): void
}

/** @param show gets it each time it has changed */
export function createBoard(show: (watched: Watched) => void = writeWatched): Board {
  const pages = new Map<string, WatchedPage>()
  /** Rows of a page by transcript or check, run, and language. */
  const known = new Map<string, Map<string, WatchedRow>>()
  const pageOf = (file: string) => inserted(pages, path.basename(file, '.md'), blank)
  const tell = () => show(Object.fromEntries(pages))

  return {
    begin(files) {
      for (const file of files) pageOf(file).running = true
      tell()
    },
    refuse(file, problems) {
      Object.assign(pageOf(file), { problems })
      tell()
    },
    note(file, lesson, reports) {
      const rows = inserted(known, file, () => new Map<string, WatchedRow>())
      for (const report of reports) {
        for (const { id, state, line, title, failures } of report.transcripts)
          set(rows, report, { id, line, title, state, failures })
        for (const { name, state, line, failures } of report.checks)
          set(rows, report, { name, line, title: name, state, failures })
      }
      const lines = new Map([
        ...allTranscripts(lesson).map(({ id, line }): [string, number] => [id, line]),
        ...lesson.checks.map(({ name, line }): [string, number] => [name, line]),
        ...lesson.challenges.map(({ name, line }): [string, number] => [name, line]),
      ])
      for (const [key, row] of rows) {
        const line = lines.get(row.id ?? row.name ?? '')
        if (line === undefined) rows.delete(key)
        else row.line = line
      }
      pageOf(file).rows = [...rows.values()].sort((a, b) => a.line - b.line)
      tell()
    },
    rest() {
      for (const page of pages.values()) page.running = false
      tell()
    },
  }
}

function blank(): WatchedPage {
  return { running: false, problems: [], rows: [] }
}

function inserted<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const value = map.get(key) ?? make()
  map.set(key, value)
  return value
}

function set(
  rows: Map<string, WatchedRow>,
  report: PageReport,
  {
    state,
    failures,
    ...row
  }: Omit<WatchedRow, 'lang' | 'state'> & {
    state: WatchedRow['state'] | 'unreached'
  },
): void {
  const key = `${row.id ?? row.name} ${titleOf(report)}`
  // Nothing is known of it any more.
  if (state === 'unreached') rows.delete(key)
  else {
    const told = failures.map(({ line, message, expected, actual }) => ({ line, message, expected, actual }))
    rows.set(key, { ...row, lang: report.lang, state, failures: told })
  }
}
