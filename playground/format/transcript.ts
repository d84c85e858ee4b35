import type { Pattern } from './placeholder.ts'

/** Languages that a lesson's scripts come in; `lang=` on a fence shows it for one of them only. */
export type Lang = 'ts' | 'py'

/** A `console` fence: commands with the output they must print. */
export interface Transcript {
  /** Digest of the fence's info string and text, 10 hex digits; `-2`, `-3` … where equal ones stand above it. */
  id: string
  /** Line of the opening fence, 1-based. */
  line: number
  /** `shell` in a lesson that names no pane at all. */
  pane: string
  lang?: Lang
  /** The last command is still running once its output has matched. */
  running: boolean
  /** `any`: within each command, output lines in any order. */
  order: 'given' | 'any'
  /** Seconds a command may take. */
  timeout: number
  /** Programs it needs on PATH. */
  requires: string[]
  /** Output before the first command: it continues what runs in the pane. An empty fence claims a silent end. */
  continued?: Expectation
  commands: Command[]
}

/** A `$ ` line with its `> ` continuations, or `^C` alone. */
export interface Command {
  line: number
  /** `interrupt`: presses Ctrl-C; `input` is empty. */
  kind: 'shell' | 'interrupt'
  /** The lines to type, without `$ ` and `> `, as written: bound `<name>`s are not filled in. */
  input: string[]
  expectation: Expectation
}

export interface Expectation {
  /** Line of its first pattern, or of the command it belongs to. */
  line: number
  patterns: Pattern[]
  /** `[N]`; undefined where the author wrote none: 0 if the command ends. */
  status?: number
}
