import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Course } from '../../../playground/course/course.ts'

/** What `npm run contrast` has measured: the same load on one listener and on four. */
export interface Contrast {
  /** Of the run, `YYYY-MM-DD`. */
  date: string
  /** Its version, two numbers. */
  kernel: string
  /** Connections a second. */
  rate: number
  /** Milliseconds for which an answer keeps its worker. */
  hold: number
  seconds: number
  /** Connections that may wait at a listener; the kernel lets one more in. */
  backlog: number
  one: ContrastRun
  four: ContrastRun
  /** Of the four, the first stands still. */
  stopped: ContrastRun
}

export interface ContrastRun {
  /** Connections that wait at each listener, ten times a second. */
  queues: number[][]
  /** Answers until then. */
  answered: number[]
  answers: number
  /** Answers of each worker. */
  workers: number[]
  /** Of those that were answered, milliseconds. */
  p99: number
}

declare const data: Contrast | undefined

export { data }

/** Undefined where nobody has measured. */
export function readContrast({ folder }: Course): Contrast | undefined {
  const file = join(folder, 'docs/contrast.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}
