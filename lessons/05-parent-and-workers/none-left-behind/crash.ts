/** Starts a service of four workers, kills its parent while one worker hangs, starts it again, and counts who answers. */
import { type ChildProcess, spawn } from 'node:child_process'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'

const PORT = 8097
const WORKERS = 4
const REQUESTS = 200
/** Who has not answered then does not answer. Milliseconds. */
const PATIENCE = 1000

const [program = '', ...args] = process.argv.slice(2)
if (!program) {
  console.error('crash.ts: takes the command that starts the service')
  process.exit(2)
}
/** All processes of the service, in the order in which they have begun. */
const pids: number[] = []
process.once('SIGINT', () => {
  for (const pid of pids) send(pid, 'SIGKILL')
  process.exit(130)
})

const start = performance.now()
const counts = new Map<string, number>()
// #region crash
const { parent, workers } = await startService()
await ask()
send(workers[0]!, 'SIGSTOP')
send(parent, 'SIGKILL')
await startService()
await ask()
// #endregion crash
const elapsed = Math.floor(performance.now() - start)
let total = 0
for (const [who, count] of counts) {
  console.log(`${who}  ${count}`)
  if (who !== 'no answer') total += count
}
console.log(`total  ${total} in ${elapsed} ms`)
// The service goes on until Ctrl-C.

/** Resolves when its workers listen. */
async function startService(): Promise<{ parent: number; workers: number[] }> {
  const service: ChildProcess = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  service.once('error', error => stop(error.message))
  let parent = 0
  const workers: number[] = []
  for await (const line of createInterface(service.stdout!)) {
    const [, who, pid] = /^(parent|worker) (\d+) (?:starts|is listening)/.exec(line) ?? []
    if (!pid) continue
    pids.push(Number(pid))
    if (who === 'parent') parent = Number(pid)
    else workers.push(Number(pid))
    if (workers.length === WORKERS) return { parent, workers }
  }
  stop('the service has ended before its workers have listened')
}

async function ask(): Promise<void> {
  const answers = await Promise.all(Array.from({ length: REQUESTS }, answer))
  for (const who of answers) counts.set(who, (counts.get(who) ?? 0) + 1)
}

async function answer(): Promise<string> {
  const socket = connect(PORT, '127.0.0.1')
  const timer = setTimeout(() => socket.destroy(), PATIENCE)
  const said = await text(socket).catch(() => '')
  clearTimeout(timer)
  return said.trim() || 'no answer'
}

/** To a process that may have ended. */
function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended.
  }
}

function stop(problem: string): never {
  console.error(`crash.ts: ${problem}`)
  for (const pid of pids) send(pid, 'SIGKILL')
  process.exit(1)
}
