/** Processes as `/proc` shows them. Every function bears with processes that vanish while they are read. */
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { patience } from './patience.ts'
import { type ProcessStat, parseStat } from './process-stat.ts'

/** @param folder like `/proc/1`; undefined when it is gone */
export async function readProcess(folder: string): Promise<ProcessStat | undefined> {
  const text = await readFile(`${folder}/stat`, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : parseStat(text)
}

/** All processes below a folder like `/proc`. */
export async function listProcesses(proc: string): Promise<ProcessStat[]> {
  const pids = (await readdir(proc)).filter(name => /^\d+$/.test(name))
  const found = await Promise.all(pids.map(pid => readProcess(`${proc}/${pid}`)))
  return found.filter(process => process !== undefined)
}

/**
 * Whether a thread of this process or of one below it runs, waits for a processor, or for a page of its program
 * from the disk, at this moment. A shell that is about to start a program runs: looking at the programs alone
 * would come too early.
 */
export async function isBusy(proc: string, pid: number): Promise<boolean> {
  // The sandbox may have ended meanwhile, and its /proc with it.
  const list = () => listProcesses(proc).catch(() => [])
  const tree = async () => [pid, ...below(await list(), pid).map(process => process.pid)]
  const before = await tree()
  const states = await Promise.all(before.map(each => threadStates(`${proc}/${each}/task`)))
  if (states.flat().some(state => state === 'R' || state === 'D')) return true
  // A shell that has started a program meanwhile waits for it already; nobody has looked at the program.
  return (await tree()).some(each => !before.includes(each))
}

/** Whether a shell runs no program, or has ended itself. What it does by itself, as `read`, is no program. */
export async function runsNothing(proc: string, shell: number): Promise<boolean> {
  const process = await readProcess(`${proc}/${shell}`)
  return process === undefined || process.group === process.foreground
}

/** A program that has printed what was expected gets this long to come to rest. Milliseconds. */
const SETTLE_LIMIT = 1000
const SETTLE_CHECK = 5

/**
 * Resolves when a shell and what runs below it have come to rest. A program that has printed its last line may
 * still be putting its signal handlers up; the next step must not be faster than any person could be.
 */
export async function settle(proc: string, shell: number | undefined): Promise<void> {
  const deadline = performance.now() + patience(SETTLE_LIMIT)
  // Twice in a row: between two steps of a program there is a moment in which nothing runs.
  for (let quiet = 0; quiet < 2 && shell && performance.now() < deadline; ) {
    quiet = (await isBusy(proc, shell)) ? 0 : quiet + 1
    await delay(SETTLE_CHECK)
  }
}

/**
 * Ends every process whose environment holds `mark`, again until none is found: one may have forked meanwhile.
 * Zombies are not counted: they run no more.
 */
export async function endMarked(mark: string): Promise<void> {
  for (;;) {
    const marked = await findMarked(mark)
    if (marked.length === 0) return
    for (const { pid } of marked) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // Ended by itself, or belongs to another user now: then its environment cannot be read the next time round.
      }
    }
  }
}

/** Processes whose environment holds `mark`, ended ones left out. */
export async function findMarked(mark: string): Promise<ProcessStat[]> {
  const all = await listProcesses('/proc')
  const marked = await Promise.all(
    all.map(async process => {
      if (process.state === 'Z' || process.state === 'X') return false
      const environment = await readFile(`/proc/${process.pid}/environ`, 'latin1').catch(() => '')
      return environment.split('\0').includes(mark)
    }),
  )
  return all.filter((_, index) => marked[index])
}

function below(all: ProcessStat[], pid: number): ProcessStat[] {
  const children = all.filter(process => process.parent === pid && process.pid !== pid)
  return children.flatMap(child => [child, ...below(all, child.pid)])
}

async function threadStates(folder: string): Promise<string[]> {
  const threads = await readdir(folder).catch(() => [])
  const found = await Promise.all(threads.map(thread => readProcess(`${folder}/${thread}`)))
  return found.filter(thread => thread !== undefined).map(thread => thread.state)
}
