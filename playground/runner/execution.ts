/** One command from its first key to its end: what it has printed, and whether it has ended. */
import { StringDecoder } from 'node:string_decoder'
import { type Match, unclaimed } from '../format/match.ts'
import { Normalizer, type Output } from '../format/output.ts'
import { patience } from '../sandbox/patience.ts'
import { runsNothing, settle } from '../sandbox/processes.ts'
import type { Pane } from '../terminal/pane.ts'
import type { Step } from './step.ts'

export interface Execution {
  pane: Pane
  /** The one that was judged last; before, the one that has started it. */
  step: Step
  /** Line of the Markdown file that started it. */
  line: number
  /** Exit status, once it has ended. */
  readonly ended: number | undefined
  /** What the shell asked for after the last line typed: `more` of the command, or the next one. */
  readonly asked: 'more' | 'next' | undefined
  /** Whether lines are being typed by `type`. */
  readonly typing: boolean
  /** Whether Ctrl-C was pressed while it ran. */
  readonly interrupted: boolean
  /** Whether it printed more than is kept. */
  readonly flooded: boolean
  /** The last expectation ended in `...`: it goes on claiming until the next one fits. */
  readonly open: boolean
  /** Output so far as people see it, what has been claimed left out. */
  output(): Output
  /** What an expectation has matched is not matched again. */
  claim(match: Claim, open: boolean): void
  /** Types the lines one by one, each when the shell is ready for it; resolves when it runs, or cannot. */
  type(lines: string[], timeoutMs: number): Promise<void>
  /** Resolves with true when something has changed, with false after `timeoutMs`. */
  change(timeoutMs: number): Promise<boolean>
  /** Stops watching; a `change` that waits resolves. */
  close(): void
  readonly closed: boolean
}

type Claim = Pick<Match & { ok: true }, 'used' | 'partial'>

/** Judging more than this would keep the server from its other panes. Characters. */
const MAX_KEPT = 1024 * 1024
/** readline ends its editing with this; what the shell says of a syntax error comes after it. */
const EDITING_ENDS = '\x1b[?2004l\r'

/** A prompt that is due comes within this time. Milliseconds. */
const PROMPT_MS = 1000

/**
 * Resolves when the shell and what it runs have come to rest, and have been heard where they have ended: on a busy
 * machine the kernel may still hold what they printed last.
 *
 * @param proc a folder like `/proc` that shows them
 */
export async function rest(execution: Execution, proc: string): Promise<void> {
  const { shell } = execution.pane
  await settle(proc, shell)
  const deadline = performance.now() + patience(PROMPT_MS)
  while (execution.ended === undefined && !execution.closed && shell && (await runsNothing(proc, shell)))
    if (!(await execution.change(deadline - performance.now()))) return
}

/** @returns whether the pane came to its prompt within `timeoutMs` */
export async function idle(pane: Pane, timeoutMs: number): Promise<boolean> {
  if (pane.state === 'idle') return true
  return new Promise(resolve => {
    const timer = setTimeout(() => done(false), timeoutMs)
    const unlisten = pane.listen(event => {
      if (event.kind === 'state' && event.state === 'idle') done(true)
    })
    function done(came: boolean) {
      clearTimeout(timer)
      unlisten()
      resolve(came)
    }
  })
}

/** @param byHand the command has been typed already; its output is about to begin */
export function createExecution(pane: Pane, step: Step, byHand = false): Execution {
  const decoder = new StringDecoder('utf8')
  const printed = new Normalizer()
  const claims: Claim[] = []
  let kept = 0
  let open = false
  let typing = false
  let interrupted = false
  /** Printed since the last line was typed, before any command began. */
  let echo = ''
  let phase: 'typing' | 'running' | 'between' = 'typing'
  let lastLineTyped = byHand
  let asked: Execution['asked']
  let status: number | undefined
  let ended: number | undefined
  let flooded = false
  let closed = false
  const bell = createBell()

  const unlisten = pane.listen(event => {
    switch (event.kind) {
      case 'output':
        if (phase === 'running') append(decoder.write(event.bytes))
        else echo = (echo + event.bytes.toString('latin1')).slice(-4096)
        break
      case 'start':
        phase = 'running'
        break
      case 'end':
        if (phase === 'running') phase = 'between'
        else if (lastLineTyped)
          append(Buffer.from(echo.split(EDITING_ENDS).at(-1) ?? '', 'latin1').toString())
        if (lastLineTyped) status = event.status
        break
      case 'prompt':
        asked = event.continuation ? 'more' : 'next'
        // Not before: a pane is free again when its prompt is there.
        if (status !== undefined) ended ??= status
        break
      case 'interrupt':
        interrupted = true
        printed.pressed()
        break
      case 'exit':
        ended ??= event.status
        break
      default:
        return
    }
    // One look at the output for all that has come in this turn.
    bell.ringSoon()
  })

  const execution: Execution = {
    pane,
    line: step.line,
    step,
    get open() {
      return open
    },
    get typing() {
      return typing
    },
    get ended() {
      return ended
    },
    get asked() {
      return asked
    },
    get interrupted() {
      return interrupted
    },
    get flooded() {
      return flooded
    },
    get closed() {
      return closed
    },
    output: () => claims.reduce<Output>(unclaimed, { lines: printed.lines, partial: printed.partial }),
    claim(match, goesOn) {
      claims.push(match)
      open = goesOn
    },
    async type(lines, timeoutMs) {
      typing = true
      await typeEach(lines, timeoutMs)
      typing = false
    },
    change: async timeoutMs => closed || bell.heard(timeoutMs),
    close() {
      closed = true
      unlisten()
      bell.ring()
    },
  }
  return execution

  async function typeEach(lines: string[], timeoutMs: number): Promise<void> {
    for (const [index, text] of lines.entries()) {
      lastLineTyped = index === lines.length - 1
      asked = undefined
      echo = ''
      pane.type(text)
      const ready = () => asked || ended !== undefined || (lastLineTyped && phase === 'running')
      while (!ready()) if (!(await execution.change(timeoutMs))) return
    }
  }

  function append(text: string): void {
    if (kept + text.length > MAX_KEPT) flooded = true
    const room = text.slice(0, MAX_KEPT - kept)
    kept += room.length
    printed.write(room)
  }
}

/** Wakes all who wait. */
function createBell() {
  const waiting = new Set<() => void>()
  return {
    ring() {
      for (const wake of waiting) wake()
    },
    ringSoon() {
      for (const wake of waiting) setImmediate(wake)
    },
    /** @returns false: not within this time */
    heard(timeoutMs: number): Promise<boolean> {
      return new Promise(resolve => {
        const timer = Number.isFinite(timeoutMs)
          ? setTimeout(() => done(false), Math.max(timeoutMs, 0))
          : undefined
        const wake = () => done(true)
        const done = (heard: boolean) => {
          clearTimeout(timer)
          waiting.delete(wake)
          resolve(heard)
        }
        waiting.add(wake)
      })
    },
  }
}
