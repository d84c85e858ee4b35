import type { Lang, Transcript } from './transcript.ts'

/** One page, as far as the runner and the site need it. */
export interface Lesson {
  /** Path as given to `parseLesson`, for messages. */
  file: string
  /** File name without `.md`: `01-bind-conflict`. */
  slug: string
  /** The first heading's text. */
  title: string
  transcripts: Transcript[]
  /** Panes in order of first use. */
  panes: string[]
  /** Languages the page has fences for; empty when it has no `lang=` at all. */
  languages: Lang[]
  /** `<<<` lines: path as written (`@/../lessons/…`), region without `#`. */
  snippets: Snippet[]
  /** Allowed, but probably not what the author meant. */
  warnings: Mistake[]
}

export interface Snippet {
  line: number
  path: string
  region?: string
}

/** Printed as `FILE:LINE: what; what to do`. */
export interface Mistake {
  file: string
  line: number
  what: string
  todo: string
}
