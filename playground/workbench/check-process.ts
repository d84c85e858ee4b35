/**
 * The process that checks run in, one for all lessons: what loops, exits or takes all memory there is ended with it,
 * and the next check gets a new one. No thread of ours: one that runs out of memory takes the server with it, and one
 * that waits for the kernel cannot be ended.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { Judgement } from '../runner/trial.ts'
import { patience } from '../sandbox/patience.ts'
import { findProgram } from '../sandbox/preflight.ts'
import type { CheckReply, CheckRequest } from './check-child.ts'

/** How far it came with what it was asked. */
export interface CheckAnswer {
  /** It was asked of a new process, in which nothing of an author's ran yet. */
  fresh: boolean
  /** It was free to look at the request. */
  begun?: true
  /** Names of the functions that the file exports; undefined: it could not be loaded. */
  exported?: string[]
  /** What the functions said, in order; fewer than were asked for where something stopped it. */
  said: Judgement[]
  /** Why the file could not be loaded, and where in it. */
  failed?: { message: string; line?: number }
  /** What it did instead of going on. */
  ended?: string
}

export interface CheckProcess {
  /** One request of all that share it after another; never rejects. */
  ask(request: CheckRequest): Promise<CheckAnswer>
  /** Ends the process when nobody else shares it. */
  close(): Promise<void>
}

/** What one function, or what still runs of the last one, may take. Milliseconds. */
const CHECK_MS = 1000
/** What a process may take until it looks at its first request: nothing of the author's runs yet. Milliseconds. */
const START_MS = 60_000
/** What a file may take to load, with all that it imports. Milliseconds. */
const LOAD_MS = 5000
/** What checks may hold. MiB. */
const MEMORY = 128

let shares = 0
let child: ChildProcess | undefined
let turn: Promise<unknown> = Promise.resolve()
/** What the process has loaded: addresses, by the part that names the file. */
const loaded = new Map<string, string>()

/** It starts with the first request. */
export function shareCheckProcess(): CheckProcess {
  let closed = false
  shares++
  return {
    ask(request) {
      const answer = turn.then(() =>
        closed ? { fresh: true, said: [], ended: 'is closed' } : begin(request),
      )
      turn = answer
      return answer
    },
    async close() {
      if (closed) return
      closed = true
      shares--
      if (shares === 0) await end()
    },
  }
}

async function begin(request: CheckRequest): Promise<CheckAnswer> {
  const [file] = request.url.split('?') as [string]
  // Nothing of what the author has replaced is to go on.
  if ((loaded.get(file) ?? request.url) !== request.url) await end()
  const fresh = child === undefined
  child ??= await start()
  loaded.set(file, request.url)
  return converse(child, request, fresh)
}

function converse(asked: ChildProcess, request: CheckRequest, fresh: boolean): Promise<CheckAnswer> {
  const { promise, resolve } = Promise.withResolvers<CheckAnswer>()
  const answer: CheckAnswer = { fresh, said: [] }
  let timer: NodeJS.Timeout | undefined
  allow(fresh ? START_MS : CHECK_MS)
  asked.on('message', receive).on('error', gone).on('exit', exit)
  // If it cannot be sent, the process is gone, and says so itself.
  asked.send(request, () => {})
  return promise

  function receive(message: unknown): void {
    const reply = message as CheckReply
    if (reply.type === 'begun') answer.begun = true
    if (reply.type === 'loaded') answer.exported = reply.exported
    if (reply.type === 'failed') answer.failed = reply
    if (reply.type === 'said') answer.said.push(reply.judgement)
    const all = answer.exported && answer.said.length === request.functions.length
    if (answer.failed || all) done()
    else allow(reply.type === 'begun' ? LOAD_MS : CHECK_MS)
  }

  function allow(usual: number): void {
    const ms = patience(usual)
    clearTimeout(timer)
    timer = setTimeout(() => {
      const mine = timer
      // Where this process itself was late, what the other has said meanwhile comes first.
      setImmediate(() => {
        if (timer === mine) stop(`has not come back within ${ms / 1000} s, and was ended`)
      })
    }, ms)
  }

  function exit(status: number | null): void {
    const outOfMemory = status === null && asked.signalCode === 'SIGABRT'
    if (outOfMemory) stop(`has taken more than ${MEMORY} MiB of memory, and was ended`)
    else stop(`has ended its process with ${status ?? asked.signalCode}`)
  }

  function gone(error: Error): void {
    stop(`has no process to run in: ${error.message}`)
  }

  function stop(what: string): void {
    answer.ended = what
    void end()
    done()
  }

  function done(): void {
    clearTimeout(timer)
    timer = undefined
    asked.off('message', receive).off('error', gone).off('exit', exit)
    resolve(answer)
  }
}

async function start(): Promise<ChildProcess> {
  const file = path.join(import.meta.dirname, 'check-child.ts')
  const options = ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', `--max-old-space-size=${MEMORY}`]
  const command = [process.execPath, ...options, file]
  // Killed with its parent, even where it loops.
  const setpriv = await findProgram('setpriv')
  const [program, ...args] = setpriv ? [setpriv, '--pdeathsig', 'KILL', ...command] : command
  const started = spawn(program!, args, {
    // What checks print is for their author; standard output may be a report.
    stdio: ['ignore', 2, 2, 'ipc'],
    serialization: 'advanced',
  })
  const forget = () => {
    if (child === started) child = undefined
  }
  // Whoever waits for an answer hears of it, too; while nobody does, the next request starts another.
  started.on('error', forget).on('exit', forget)
  // A request keeps the server alive by its timer; a process that nobody asks does not.
  started.unref()
  started.channel?.unref()
  return started
}

async function end(): Promise<void> {
  const last = child
  child = undefined
  loaded.clear()
  if (last?.pid === undefined || last.exitCode !== null || last.signalCode !== null) return
  const ended = once(last, 'exit')
  last.ref()
  last.kill('SIGKILL')
  await ended
}
