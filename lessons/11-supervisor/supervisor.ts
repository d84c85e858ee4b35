/** Keeps workers running, and replaces all of them or none. A worker is the same script, started again. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { realpathSync } from 'node:fs'
import path from 'node:path'

// #region limits
/** A worker gets so long to be ready, and so long to leave; then it is killed. */
const PATIENCE_MS = 10_000
/** A worker that leaves ends by itself after so long. */
const DEADLINE_MS = 8000
/** The pause before the next start, when one has failed or a worker has died young: each twice as long as the last. */
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000
/** A worker that has lived so long has not died young. */
const YOUNG_MS = 10_000
// #endregion limits

/** Where the service was started, as the shell knew it: if that is a link, new code may be behind it by now. */
const FOLDER = startFolder()
const SCRIPT = path.resolve(FOLDER, path.relative(process.cwd(), process.argv[1]!))

/** Oldest first; without those that have been told to leave. */
const workers: ChildProcess[] = []
/** All that have been started and have not ended. */
const alive = new Set<ChildProcess>()
let wanted = 0
let hasWorked = false
let stopping = false
let pause = 0
let timer: NodeJS.Timeout | undefined
/** What is still to do, one after another. */
const jobs: (() => Promise<void>)[] = []
let busy = false

/** Starts workers and keeps their number. */
export function supervise(count: number): void {
  process.title = 'parent'
  console.log(`parent ${process.pid} starts its workers`)
  process.on('SIGHUP', () => enqueue(restart))
  process.on('SIGTTIN', () => resize(wanted + 1))
  process.on('SIGTTOU', () => resize(wanted - 1))
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  resize(count)
}

function resize(count: number): void {
  wanted = Math.max(count, 1)
  void enqueue(adjust)
}

/** Told a second time, it waits for nobody. */
function stop(): void {
  clearTimeout(timer)
  if (stopping) for (const worker of alive) worker.kill('SIGKILL')
  stopping = true
  for (const worker of [...workers]) void end(worker)
}

/** A job that waits already is not asked for twice. */
async function enqueue(job: () => Promise<void>): Promise<void> {
  if (!jobs.includes(job)) jobs.push(job)
  if (busy) return
  busy = true
  for (let next = jobs.shift(); next && !stopping; next = jobs.shift()) await next()
  busy = false
}

// #region restart
/** All new workers listen before the first old one leaves. */
async function restart(): Promise<void> {
  const old = [...workers]
  const fresh: ChildProcess[] = []
  while (fresh.length < old.length) {
    const worker = await start()
    if (!worker) {
      for (const each of fresh) await end(each)
      console.log(`restart given up: ${fresh.length} of ${old.length} were ready; the old workers stay`)
      return
    }
    fresh.push(worker)
  }
  for (const each of old) await end(each)
  console.log(`restart done: ${fresh.length} of ${old.length} replaced`)
  void enqueue(adjust)
}
// #endregion restart

// #region pause
async function adjust(): Promise<void> {
  while (workers.length < wanted && !timer && !stopping) {
    if (await start()) continue
    if (!hasWorked)
      process.exitCode = 1 // It never could: whoever has started it is to see that.
    else later()
  }
  while (workers.length > wanted) await end(workers.at(-1)!)
}

/** One timer, however much goes wrong meanwhile. */
function later(): void {
  if (timer) return
  pause = Math.min(Math.max(pause * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS)
  console.log(`the next start is in ${pause / 1000} s`)
  timer = setTimeout(() => {
    timer = undefined
    void enqueue(adjust)
  }, pause)
}

/** A worker has ended that nobody has told to leave. */
function replace(worker: ChildProcess, lived: number): void {
  if (!forget(worker)) return
  console.log(`worker ${worker.pid} has died: ${endOf(worker)}`)
  if (stopping) return
  if (lived < YOUNG_MS) later()
  else pause = 0
  void enqueue(adjust)
}
// #endregion pause

/** Resolves with a worker that is ready; undefined if there is none. */
async function start(): Promise<ChildProcess | undefined> {
  if (stopping) return undefined
  try {
    const worker = await startWorker()
    const born = Date.now()
    hasWorked = true
    workers.push(worker)
    worker.once('exit', () => replace(worker, Date.now() - born))
    if (stopping) void end(worker)
    return worker
  } catch (error) {
    console.log((error as Error).message)
    return undefined
  }
}

async function startWorker(): Promise<ChildProcess> {
  const env = { ...process.env, SUPERVISOR: `${process.pid}` }
  const worker = fork(SCRIPT, process.argv.slice(2), { cwd: FOLDER, env })
  alive.add(worker)
  const limit = setTimeout(() => worker.kill('SIGKILL'), PATIENCE_MS)
  const ended = once(worker, 'exit').then(() => {
    alive.delete(worker)
    throw new Error(`worker ${worker.pid} has ended before it was ready: ${endOf(worker)}`)
  })
  await Promise.race([once(worker, 'message'), ended]).finally(() => clearTimeout(limit))
  return worker
}

/** Resolves when the worker has left. */
async function end(worker: ChildProcess): Promise<void> {
  if (!forget(worker)) return
  const limit = setTimeout(() => worker.kill('SIGKILL'), PATIENCE_MS)
  worker.kill('SIGTERM')
  await once(worker, 'exit')
  clearTimeout(limit)
  console.log(`worker ${worker.pid} has left: ${endOf(worker)}`)
}

function endOf({ exitCode, signalCode }: ChildProcess): string {
  return signalCode ?? `status ${exitCode}`
}

function forget(worker: ChildProcess): boolean {
  const index = workers.indexOf(worker)
  if (index >= 0) workers.splice(index, 1)
  return index >= 0
}

function startFolder(): string {
  const { PWD = '' } = process.env
  try {
    if (realpathSync(PWD) === process.cwd()) return PWD
  } catch {
    // What the environment says is no folder.
  }
  return process.cwd()
}

// #region ready
/** Whether a supervisor has started this process: it has a channel then, which is not inherited as the name is. */
export function isWorker(): boolean {
  return process.send !== undefined && process.env.SUPERVISOR !== undefined
}

/** Call it in each worker, first. It is told to leave once: by the parent, or by the parent's end. */
export function beginWorker(leave: () => void): void {
  process.title = 'worker'
  delete process.env.SUPERVISOR // What it starts is no worker.
  // Ctrl-C and a terminal that is closed reach all processes. The parent tells the workers.
  process.on('SIGINT', () => {})
  process.on('SIGHUP', () => {})
  let told = false
  const tell = () => {
    if (told) return
    told = true
    setTimeout(() => process.exit(1), DEADLINE_MS).unref()
    leave()
  }
  process.on('SIGTERM', tell)
  // The channel to the parent closes when the parent has ended.
  process.on('disconnect', tell)
}
// #endregion ready
