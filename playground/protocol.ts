/**
 * The wire between a page and a pane, whole.
 *
 * One WebSocket per pane at `/api/panes/LESSON/PANE`, subprotocols `playground` and `key.KEY`.
 * Binary frames are terminal bytes, raw, both ways. Text frames are the JSON messages below; the page's first one
 * is `join`. One more WebSocket at `/api/machine/LESSON` brings `MachineMessage`s and takes nothing.
 */
import * as v from 'valibot'

/** Subprotocol the server selects; the other one offered, `key.KEY`, carries the secret. */
export const SUBPROTOCOL = 'playground'
/** Largest frame either side accepts, bytes. */
export const MAX_FRAME = 1024 * 1024
/** The page acknowledges after this many further bytes have been parsed by its terminal. */
export const ACK_EVERY = 32 * 1024
/** Columns and rows a terminal may have. A transcript needs 80 columns: `ss` lays out by width. */
export const SIZE = { min: 2, max: 500, columns: 80, rows: 24 } as const

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
  /** Exit status, if the command has ended. */
  status?: number
  /** What the names of this command stand for now. */
  bound: Record<string, string>
}
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
  | { type: 'state'; state: PaneState; fence?: string; command?: number }
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

export interface CheckState {
  /** `broken`: it was not passed, and cannot be any more in this sandbox: starting over is the way on. */
  state: 'waiting' | 'passed' | 'broken'
  /** While waiting: what was observed and what is missing. Broken: why. */
  observed?: string
  /** When it passed, milliseconds since 1970. */
  at?: number
}

/** What the kernel says of a sandbox: its sockets, who owns them, its processes and counters. */
export interface Machine {
  /** Milliseconds since 1970. */
  at: number
  /** TCP sockets in LISTEN, by port, address and inode. */
  listeners: Listener[]
  /** TCP connections whose local end is here, in groups of equal port, end, state and owner. */
  connections: ConnectionGroup[]
  /** UDP sockets that have a local port, but for connected ones: those take datagrams of their peer alone. */
  udp: UdpSocket[]
  /** All but process 1, the shells included, by pid. */
  processes: MachineProcess[]
  /** Since the sandbox's start. */
  counters: {
    /** Connections turned away because an accept queue was full (`TcpExtListenOverflows`). */
    overflows: number
    /** Connections that a listener has dropped for any reason (`TcpExtListenDrops`). */
    drops: number
    /** Resets sent (`TcpOutRsts`). */
    resets: number
    /** Queued connections that went over to another listener (`TcpExtTCPMigrateReqSuccess`). */
    migrated: number
    /** Connections accepted by the kernel (`TcpPassiveOpens`). */
    accepted: number
    /** UDP datagrams that processes have received, those at clients included (`UdpInDatagrams`). */
    datagrams: number
    /** UDP datagrams dropped because a socket was not read in time (`UdpRcvbufErrors`). */
    unread: number
  }
  /** `net.ipv4.tcp_migrate_req`; undefined where the kernel does not have it. */
  migrateReq?: boolean
  /** How the last client in a pane has counted the answers: its `worker PID  COUNT` lines. */
  answers: { pid: number; count: number }[]
}

/** A process that holds a socket. Pids are the sandbox's own. */
export interface Owner {
  pid: number
  /** The process's name as `ss` shows it (`/proc/PID/comm`). */
  title: string
  fd: number
}

export interface Listener {
  family: 4 | 6
  /** As `ss` prints it, without brackets: `127.0.0.1`, `0.0.0.0`, `::`, `*` is never used. */
  address: string
  port: number
  uid: number
  inode: number
  /** Connections that wait to be accepted (Recv-Q). */
  queue: number
  /** Most that may wait (Send-Q); undefined until it is known. */
  backlog?: number
  owners: Owner[]
}

export interface ConnectionGroup {
  /** The server's: the local one at the server's end, the remote one at the client's. */
  port: number
  /** As `ss` prints it: `ESTAB`, `CLOSE-WAIT`, `TIME-WAIT` … */
  state: string
  /** The lowest pid that holds it. Undefined: nobody does (it waits in an accept queue, or in TIME-WAIT). */
  pid?: number
  /** This is the server's end: its local port is, or was, listened on here. */
  server: boolean
  count: number
}

export interface UdpSocket {
  family: 4 | 6
  address: string
  port: number
  uid: number
  inode: number
  /** Bytes that wait to be read. */
  queue: number
  /** Datagrams dropped because they were not read in time. */
  drops: number
  owners: Owner[]
}

export interface MachineProcess {
  pid: number
  parent: number
  title: string
  /** `R` running, `S` sleeping, `T` stopped … as in proc(5). */
  state: string
  /** Share of one core since the reading before, 0 to 1 and more with several threads. */
  cpu: number
}
