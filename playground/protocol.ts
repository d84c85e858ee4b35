/**
 * The wire between a page and a pane, whole.
 *
 * One WebSocket per pane at `/api/panes/LESSON/PANE`, subprotocols `playground` and `key.KEY`.
 * Binary frames are terminal bytes, raw, both ways. Text frames are the JSON messages below; the page's first one
 * is `join`. One more WebSocket at `/api/machine/LESSON` brings `MachineMessage`s and takes nothing.
 */
import * as v from 'valibot'
import type { Machine } from './machine-state.ts'

export type * from './machine-state.ts'

/** Subprotocol the server selects; the other one offered, `key.KEY`, carries the secret. */
export const SUBPROTOCOL = 'playground'
/** Largest frame either side accepts, bytes. */
export const MAX_FRAME = 1024 * 1024
/** The page acknowledges after this many further bytes have been parsed by its terminal. */
export const ACK_EVERY = 32 * 1024
/** Columns and rows a terminal may have. A transcript needs 80 columns: `ss` lays out by width. */
export const SIZE = { min: 2, max: 500, columns: 80, rows: 24 } as const

/** Shells of one workbench; a page that names more is refused. */
export const MAX_PANES = 16

/** Terminals that every scene of the playground has. */
export const PANES = ['server', 'load', 'tools'] as const

/** Why the server closed a socket, in the range applications may use (RFC 6455, 7.4.2). */
export const CLOSE = { reset: 4001, badMessage: 4002, failed: 4003, shutdown: 4004 } as const

const size = v.pipe(v.number(), v.integer(), v.minValue(SIZE.min), v.maxValue(SIZE.max))
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER))

/** Of a page or of a shell: 64 random bits. */
const token = v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/))
const fence = v.pipe(v.string(), v.regex(/^[0-9a-f]{10}(-\d{1,3})?$/))
const commandIndex = v.pipe(count, v.maxValue(999))

const clientMessage = v.variant('type', [
  /** The first message on every socket; answered with `hello`, or with `exit` where the shell has ended. */
  v.strictObject({
    type: v.literal('join'),
    /** Drawn once per load of the page. */
    page: token,
    columns: size,
    rows: size,
    /** What this page has shown so far: a shell's output up to this offset. */
    seen: v.optional(v.strictObject({ shell: token, at: count })),
  }),
  /** Counts if this page is the one that was typed in last, or the only one. */
  v.strictObject({ type: v.literal('resize'), columns: size, rows: size }),
  /** Running total of terminal bytes the page has parsed since `hello`; a lost one heals. */
  v.strictObject({ type: v.literal('ack'), bytes: count }),
  /** A fresh shell, after `exit`. */
  v.strictObject({ type: v.literal('start') }),
  /** Answered with `pong`: is anybody there? */
  v.strictObject({ type: v.literal('ping') }),
  v.strictObject({
    type: v.literal('run'),
    /** Id of a transcript of this pane. */
    fence,
    /** Index of the command in it. */
    command: commandIndex,
    /** The language the page shows; decides which fences stand above this one. */
    lang: v.optional(v.picklist(['ts', 'py'])),
    /** Press Ctrl-C first if the pane is busy. Without it a busy pane is refused. */
    interrupt: v.optional(v.boolean()),
    /** Run what stands above first, as far as it has not run yet. */
    toHere: v.optional(v.boolean()),
  }),
  /** Takes back a `run` with `toHere`: the step that runs goes on, none after it begins. */
  v.strictObject({ type: v.literal('cancel'), fence, command: commandIndex }),
])

/** Page to server. */
export type ClientMessage = v.InferOutput<typeof clientMessage>

/** @throws {SyntaxError | v.ValiError} when the text is not one of the messages above */
export function parseClientMessage(text: string): ClientMessage {
  return v.parse(clientMessage, JSON.parse(text))
}

export type PaneState =
  /** The shell waits at its prompt. */
  | 'idle'
  /** The runner is typing a command. */
  | 'typing'
  /** A program runs in the foreground. */
  | 'running'
  /** The shell is gone. */
  | 'ended'

/** What came of one command, or of a transcript's opening output (`command: -1`). */
export interface Verdict {
  fence: string
  command: number
  /** Line of the Markdown file that the verdict is about. */
  line: number
  ok: boolean
  why?: 'differs' | 'more' | 'extra' | 'status' | 'timeout' | 'ended' | 'incomplete'
  /** One sentence for people; says also which other panes' programs have ended meanwhile. */
  message?: string
  /** The expectation's lines with bound names filled in, beside what was printed. */
  expected?: DiffLine[]
  actual?: DiffLine[]
  /** What was printed and is as expected. */
  printed?: Printed[]
  /** Exit status, if the command has ended. */
  status?: number
  /** What the names of this command stand for now. */
  bound: Record<string, string>
}
/** A line that an expectation fits, with offsets of the values that vary; or lines that `...` stands for. */
export type Printed =
  | { text: string; values: { from: number; to: number; expected?: string }[] }
  | { folded: string[]; count: number }
export interface DiffLine {
  text: string
  ok: boolean
}

/** `unshare`: own network and processes, but the reader's own files. `none`: plain shells, no isolation. */
export type Sandboxing = 'bwrap' | 'unshare' | 'none'

/** Server to page. */
export type ServerMessage =
  /** A shell is here. Count acknowledged bytes from 0 from here on. */
  | {
      type: 'hello'
      /** Names this shell: another one than before means that the one before is gone. */
      shell: string
      /** Offset in the shell's output at which the page goes on once it has shown the picture. */
      at: number
      /**
       * Bytes that come first and draw the screen as it is at `at`, after the terminal has been cleared. Undefined:
       * the page goes on from what it has seen.
       */
      picture?: number
      /** Bytes after the picture that were printed before: what the terminal answers to them came long ago. */
      old: number
      /** Bytes typed by this page that have arrived in this shell; those after them were lost on the way. */
      typed: number
      columns: number
      rows: number
      /** Whether this page's window decides the size, and its terminal answers what programs ask of it. */
      yours: boolean
      state: PaneState
      /** Of the shell in its sandbox, once it has been at its prompt. */
      pid?: number
      sandbox: Sandboxing
      /** Why its programs may take as much memory and as many processes as there are, one sentence. */
      unbounded?: string
      /** Of all panes of the lesson, so that a page knows what has run before it was loaded. */
      verdicts: Verdict[]
      /** Transcripts that cannot run on this machine, with the reason. */
      skipped: Record<string, string>
    }
  /** The size has changed, or who decides it: the page that was typed in last. */
  | { type: 'size'; columns: number; rows: number; yours: boolean }
  /** Bytes typed by this page that have arrived, in all. */
  | { type: 'typed'; bytes: number }
  | { type: 'pong' }
  /** `pid`: as in `hello`. */
  | { type: 'state'; state: PaneState; pid?: number; fence?: string; command?: number }
  | { type: 'verdict'; verdict: Verdict }
  /** `run` was not done. `busy`: ask for `interrupt`. `above`: something above must run first. */
  | {
      type: 'refused'
      fence: string
      command: number
      why: 'busy' | 'above' | 'stale' | 'skipped' | 'failed'
      message: string
    }
  /** The verdicts of these transcripts no longer hold: one above them runs again. */
  | { type: 'forget'; fences: string[] }
  /** The shell has ended with this status; `start` gives a fresh one. */
  | { type: 'exit'; status: number }

/** `GET /api/health`, open to all. */
export interface Health {
  version: string
  /** `os.release()` of the host, e.g. `6.18.44`. */
  kernel: string
  platform: string
  /** `unavailable`: no Linux kernel here. */
  sandbox: Sandboxing | 'unavailable'
  /** Why the sandbox is not bwrap, and the one command that mends it. */
  reason?: string
  /** What this machine has and lacks, in the order in which it matters. */
  preflight: PreflightItem[]
}

/** One thing that the lessons need. */
export interface PreflightItem {
  /** `kernel`, `Node`, `Python`, `sandbox`, `strace` … */
  thing: string
  ok: boolean
  /** A version, or a kind; undefined: not there. */
  found?: string
  /** What the lack costs, one sentence. */
  cost?: string
  /** The one command, or the one step, that mends it. */
  mend?: string
}

/** Server to page, on the machine's socket. */
export type MachineMessage =
  /** At once, and whenever something in it has changed. */
  | { type: 'machine'; machine: Machine }
  /** All checks of the lesson by name; at once, and whenever one has changed. */
  | { type: 'checks'; checks: Record<string, CheckState> }
  /** How a scene of the playground is; whenever that has changed. */
  | { type: 'scene'; scene: SceneState }
  /** What its load generator has counted, twice a second. */
  | { type: 'load'; load: LoadReport }
  /** All scripts whose last run has ended by an error. */
  | { type: 'faults'; faults: FileFault[] }

/** Where a script has failed when it ran last. */
export interface FileFault {
  /** In the workspace. */
  path: string
  /** 1-based. */
  line: number
  /** `RangeError: no port 7`, its first line. */
  message: string
  /** Of the file that has failed. */
  version: string
}

/** What is in a workspace, by path; `isAll`: and nothing besides that the page could show. */
export interface FileList {
  /** `same` and `changed`: as it was given, or not any more. `own`: the reader's or their programs'. */
  files: { path: string; size: number; state: 'same' | 'changed' | 'own' }[]
  isAll: boolean
}

/**
 * A file as it is now, or as it was before it was removed; `conflict`: nothing was done, for there is another version,
 * or none any more.
 */
export type FileAnswer =
  | { text: string; version: string; original?: string }
  | { conflict: { text: string; version: string } | null }

export interface SceneState {
  state: 'starting' | 'running' | 'failed' | 'ended'
  /** What is played, as a link says it: `?scene=own&workers=3`. */
  link?: string
  /** Failed: at what, and what to do. */
  why?: string
  switched?: Switched
}

/** Switches of a scene that the kernel shows to nobody: how the last command that turned them has left them. */
export interface Switched {
  /** A program chooses among the listeners. */
  steer?: boolean
  /** `net.core.somaxconn`. */
  backlog?: number
}

/** Half a second of a load generator. Milliseconds, from when a request was due until it was answered. */
export interface LoadReport {
  /** Since its start, seconds. */
  at: number
  answered: number
  /** Refused, reset, not answered in time, or too many of them waited. */
  lost: number
  p50: number
  p99: number
  longest: number
  /** Counts of answers, by the upper end of their time. */
  times: [milliseconds: number, count: number][]
  /** Counts of answers, by the worker's pid. */
  workers: [pid: number, count: number][]
  /** What the load is set to, by name, if it has said so. */
  settings?: Record<string, number>
}

export interface CheckState {
  /** `broken`: it was not passed, and cannot be any more in this sandbox: starting over is the way on. */
  state: 'waiting' | 'passed' | 'broken'
  /** While waiting: what was observed and what is missing. Broken: why. */
  observed?: string
  /** When it passed, milliseconds since 1970. */
  at?: number
}
