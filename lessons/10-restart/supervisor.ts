/** Keeps workers running and replaces them one by one. A worker is the same script, started again. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** A worker gets so long to be ready, and so long to leave; then it is killed. */
const PATIENCE_MS = 10_000
/** After a start that has failed, before the next one. */
const RETRY_MS = 1000

/** Oldest first; without those that have been told to leave. */
const workers: ChildProcess[] = []
let wanted = 0
/** What is still to do, one after another. */
const jobs: (() => Promise<void>)[] = []
let busy = false
let stopping = false

// #region signals
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
// #endregion signals

function resize(count: number): void {
  wanted = Math.max(count, 1)
  void enqueue(adjust)
}

function stop(): void {
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
/** A new worker listens before an old one leaves. */
async function restart(): Promise<void> {
  for (const old of [...workers]) {
    const ready = await start()
    if (!ready) return // The old workers stay.
    await end(old)
  }
  await adjust()
}
// #endregion restart

async function adjust(): Promise<void> {
  while (workers.length < wanted && (await start()));
  while (workers.length > wanted) await end(workers.at(-1)!)
  if (workers.length > 0 && workers.length < wanted) setTimeout(enqueue, RETRY_MS, adjust).unref()
}

// #region start
/** Resolves with whether the new worker has got ready. */
async function start(): Promise<boolean> {
  if (stopping) return false
  try {
    const worker = await startWorker()
    workers.push(worker)
    worker.once('exit', () => replace(worker))
    if (stopping) void end(worker)
    return true
  } catch (error) {
    console.log((error as Error).message)
    // A parent without workers ends, too.
    if (workers.length === 0 && !stopping) process.exitCode = 1
    return false
  }
}

/** Resolves with a worker that is ready. */
async function startWorker(): Promise<ChildProcess> {
  const worker = fork(process.argv[1]!, process.argv.slice(2))
  const limit = setTimeout(() => worker.kill('SIGKILL'), PATIENCE_MS)
  const ended = once(worker, 'exit').then(() => {
    throw new Error(`worker ${worker.pid} has ended before it was ready`)
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
  console.log(`worker ${worker.pid} has left`)
}
// #endregion start

/** A worker has ended that nobody has told to leave. */
function replace(worker: ChildProcess): void {
  if (!forget(worker)) return
  console.log(`worker ${worker.pid} has died`)
  void enqueue(adjust)
}

function forget(worker: ChildProcess): boolean {
  const index = workers.indexOf(worker)
  if (index >= 0) workers.splice(index, 1)
  return index >= 0
}

// #region ready
/** Call it in each worker, first. It is told to leave once: by the parent, or by the parent's end. */
export function beginWorker(leave: () => void): void {
  process.title = 'worker'
  // Ctrl-C reaches parent and workers. The parent tells the workers.
  process.on('SIGINT', () => {})
  let told = false
  const tell = () => {
    if (!told) leave()
    told = true
  }
  process.on('SIGTERM', tell)
  // The channel to the parent closes when the parent has ended.
  process.on('disconnect', tell)
}
// #endregion ready
