/** One command from its first key to its end: what it has printed, and whether it has ended. */
import { StringDecoder } from 'node:string_decoder'
import { type Match, unclaimed } from '../format/match.ts'
import { Normalizer, type Output } from '../format/output.ts'
import { runsNothing, settle } from '../sandbox/processes.ts'
import type { Pane } from '../terminal/pane.ts'

export interface Execution {
  pane: Pane
  /** Line of the Markdown file that started it. */
  line: number
  /** Exit status, once it has ended. */
  readonly ended: number | undefined
  /** What the shell asked for after the last line typed: `more` of the command, or the next one. */
  readonly asked: 'more' | 'next' | undefined
  /** Whether Ctrl-C was pressed while it ran. */
  readonly interrupted: boolean
  /** Whether it printed more than is kept. */
  readonly flooded: boolean
  /** The last expectation ended in `...`: it goes on claiming until the next one fits. */
  open: boolean
  /** Output so far as people see it, what has been claimed left out. */
  output(): Output
  /** What an expectation has matched is not matched again. */
  claim(match: Match & { ok: true }): void
  /** Types the lines one by one, each when the shell is ready for it; resolves when it runs, or cannot. */
  type(lines: string[], timeoutMs: number): Promise<void>
  /** Resolves with true when something has changed, with false after `timeoutMs`. */
  change(timeoutMs: number): Promise<boolean>
  /** Stops watching; a `change` that waits resolves. */
  close(): void
  readonly closed: boolean
}

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
  const deadline = performance.now() + PROMPT_MS
  while (execution.ended === undefined && !execution.closed && shell && (await runsNothing(proc, shell)))
    if (!(await execution.change(deadline - performance.now()))) return
}

/** @param byHand the command has been typed already; its output is about to begin */
export function createExecution(pane: Pane, line: number, byHand = false): Execution {
  const decoder = new StringDecoder('utf8')
  const printed = new Normalizer()
  const claims: (Match & { ok: true })[] = []
  let kept = 0
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
  const waiting = new Set<() => void>()

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
    for (const wake of waiting) setImmediate(wake)
  })

  const execution: Execution = {
    pane,
    line,
    open: false,
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
    claim(match) {
      claims.push(match)
    },
    async type(lines, timeoutMs) {
      for (const [index, text] of lines.entries()) {
        lastLineTyped = index === lines.length - 1
        asked = undefined
        echo = ''
        pane.type(text)
        const ready = () => asked || ended !== undefined || (lastLineTyped && phase === 'running')
        while (!ready()) if (!(await execution.change(timeoutMs))) return
      }
    },
    change(timeoutMs) {
      return new Promise(resolve => {
        if (closed) return resolve(true)
        const timer = Number.isFinite(timeoutMs) ? setTimeout(() => done(false), timeoutMs) : undefined
        const wake = () => done(true)
        const done = (changed: boolean) => {
          clearTimeout(timer)
          waiting.delete(wake)
          resolve(changed)
        }
        waiting.add(wake)
      })
    },
    close() {
      closed = true
      unlisten()
      for (const wake of waiting) wake()
    },
  }
  return execution

  function append(text: string): void {
    if (kept + text.length > MAX_KEPT) flooded = true
    const room = text.slice(0, MAX_KEPT - kept)
    kept += room.length
    printed.write(room)
  }
}
