import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createBoard } from '../../playground/authoring/board.ts'
import type { PageReport } from '../../playground/authoring/report.ts'
import { parsePage } from '../../playground/course/pages.ts'
import { readWatched, removeWatched, type Watched, writeWatched } from '../../playground/course/watched.ts'
import type { ResultState } from '../../playground/runner/results.ts'

const fence = (command: string) => `\`\`\`console\n$ ${command}\n\`\`\`\n\n`
const lessonOf = (text: string) => parsePage(text, 'a/01-a.md').lesson!
const report = (text: string, states: ResultState[]): PageReport => ({
  file: 'a/01-a.md',
  lang: null,
  date: '',
  seconds: 0,
  checks: [],
  transcripts: lessonOf(text).transcripts.flatMap(({ id, line, pane }, index) => {
    const state = states[index]
    return state ? { id, line, pane, title: '', state, seconds: 0, failures: [] } : []
  }),
})

test('what was true stays known, its line follows, and what is gone or not reached is known no more', () => {
  let shown: Watched = {}
  const board = createBoard(watched => {
    shown = watched
  })
  const rows = () => shown['01-a']!.rows.map(({ line, state }) => `${line} ${state}`)
  const note = (text: string, ...states: ResultState[]) =>
    board.note('a/01-a.md', lessonOf(text), [report(text, states)])
  const [one, two, three] = ['true', 'echo', ':'].map(fence) as [string, string, string]

  board.begin(['a/01-a.md'])
  expect(shown['01-a']).toEqual({ running: true, problems: [], rows: [] })
  note(one + two + three, 'passed', 'passed', 'failed')
  expect(rows()).toEqual(['1 passed', '5 passed', '9 failed'])
  // Only the last one ran again, of a page with a line more.
  board.note('a/01-a.md', lessonOf(`\n${one}${two}${three}`), [report(`\n${one}${two}${three}`, [])])
  expect(rows()).toEqual(['2 passed', '6 passed', '10 failed'])
  note(one + three, 'failed', 'unreached')
  expect(rows()).toEqual(['1 failed'])
  board.refuse('a/01-a.md', ['a mistake'])
  board.rest()
  expect(shown['01-a']).toMatchObject({ running: false, problems: ['a mistake'] })
})

test('the file of a watch that was killed goes, and half of one is nobody', () => {
  const folder = mkdtempSync(join(tmpdir(), 'watched-'))
  const page = { running: false, problems: [], rows: [] }
  writeWatched({ '01-a': page }, folder)
  // A process has a number far below.
  writeFileSync(join(folder, '99999999.json'), JSON.stringify({ '02-b': page }))
  writeFileSync(join(folder, '1.json'), '{')
  expect(readWatched(folder)).toEqual({ '01-a': page })
  expect(readdirSync(folder)).not.toContain('99999999.json')
  removeWatched(folder)
  expect(readWatched(folder)).toEqual({})
  rmSync(folder, { recursive: true })
})
