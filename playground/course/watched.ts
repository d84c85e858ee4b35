/** What `verify --watch` has found, left where the development site reads it: one file for each watch that runs. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { DiffLine } from '../protocol.ts'
import { ROOT } from './places.ts'

export interface WatchedFailure {
  line: number
  message?: string
  expected?: DiffLine[]
  actual?: DiffLine[]
}

/** A transcript or a check, as it was when it ran last. */
export interface WatchedRow {
  /** Of the transcript. */
  id?: string
  /** Of the check. */
  name?: string
  lang: 'ts' | 'py' | null
  line: number
  title: string
  state: 'passed' | 'failed' | 'skipped' | 'inapplicable'
  failures: WatchedFailure[]
}

export interface WatchedPage {
  running: boolean
  /** Why nothing runs, a line each. */
  problems: string[]
  rows: WatchedRow[]
}

/** By the page's slug. */
export type Watched = Record<string, WatchedPage>

/** Below what is installed: no sandbox writes there, and it is no part of the site. Each file is named by its process. */
export const WATCHED = path.join(ROOT, 'node_modules/.cache/watched')

/** Whole at any moment. Where it cannot be written, the terminal alone says what the page would. */
export function writeWatched(watched: Watched, folder = WATCHED): void {
  const file = path.join(folder, `${process.pid}.json`)
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(`${file}.draft`, JSON.stringify(watched))
    renameSync(`${file}.draft`, file)
  } catch {}
}

export function removeWatched(folder = WATCHED): void {
  rmSync(path.join(folder, `${process.pid}.json`), { force: true })
}

/** Of all that run. A file of one that was killed goes. */
export function readWatched(folder = WATCHED): Watched {
  const all: Watched = {}
  for (const name of readdirSync(folder)) {
    const [, pid] = /^(\d+)\.json$/.exec(name) ?? []
    if (pid === undefined) continue
    try {
      if (isAlive(Number(pid))) Object.assign(all, JSON.parse(readFileSync(path.join(folder, name), 'utf8')))
      else rmSync(path.join(folder, name), { force: true })
    } catch {
      // It has ended meanwhile.
    }
  }
  return all
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
