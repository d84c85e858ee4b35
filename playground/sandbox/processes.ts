/** Processes as `/proc` shows them. Every function bears with processes that vanish while they are read. */
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

export interface Process {
  pid: number
  parent: number
  /** Pid of the process group's leader: one job of a shell. */
  group: number
  /** Of the process group that has the terminal; -1 without one. */
  foreground: number
  /** `R` running, `S` sleeping, `Z` ended but not waited for … as in proc(5). */
  state: string
  /** Clock ticks from the machine's start to its own: with the pid it names one process for ever. */
  start: number
}

/** @param folder like `/proc/1`; undefined when it is gone */
export async function readProcess(folder: string): Promise<Process | undefined> {
  const text = await readFile(`${folder}/stat`, 'latin1').catch(() => undefined)
  if (text === undefined) return undefined
  // The name in brackets may hold spaces and brackets: what counts begins after the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return {
    pid: Number.parseInt(text, 10),
    state: fields[0]!,
    parent: Number(fields[1]),
    group: Number(fields[2]),
    foreground: Number(fields[5]),
    start: Number(fields[19]),
  }
}

/** All processes below a folder like `/proc`. */
export async function listProcesses(proc: string): Promise<Process[]> {
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
  const tree = async () => [pid, ...below(await listProcesses(proc), pid).map(process => process.pid)]
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
  const deadline = performance.now() + SETTLE_LIMIT
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
export async function findMarked(mark: string): Promise<Process[]> {
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

function below(all: Process[], pid: number): Process[] {
  const children = all.filter(process => process.parent === pid && process.pid !== pid)
  return children.flatMap(child => [child, ...below(all, child.pid)])
}

async function threadStates(folder: string): Promise<string[]> {
  const threads = await readdir(folder).catch(() => [])
  const found = await Promise.all(threads.map(thread => readProcess(`${folder}/${thread}`)))
  return found.filter(thread => thread !== undefined).map(thread => thread.state)
}
