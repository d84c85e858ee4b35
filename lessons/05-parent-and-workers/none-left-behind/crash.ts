/** Starts a service of four workers, kills its parent while one worker hangs, starts it again, and counts who answers. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

const PORT = 8097
const WORKERS = 4
const REQUESTS = 200
/** When nobody has been let in or answered for so long, nobody will be. Milliseconds. */
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
await hang(workers[0]!)
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

/** Asks all at once, and counts who has answered. */
async function ask(): Promise<void> {
  const sockets = Array.from({ length: REQUESTS }, () => connect(PORT, '127.0.0.1'))
  let heard = 0
  const patience = setTimeout(() => {
    const before = heard
    // What has come by now is heard first: where the machine is slow, this process is late, too.
    setImmediate(() => {
      if (heard > before) patience.refresh()
      else for (const socket of sockets) socket.destroy()
    })
  }, PATIENCE)
  const hear = () => {
    heard++
    patience.refresh()
  }
  const answer = async (socket: Socket) => {
    socket.once('connect', hear)
    const said = await text(socket).catch(() => '')
    if (said) hear()
    const who = said.trim() || 'no answer'
    counts.set(who, (counts.get(who) ?? 0) + 1)
  }
  await Promise.all(sockets.map(answer))
  clearTimeout(patience)
}

/** Stops it. Resolves when it has stopped or ended. */
async function hang(pid: number): Promise<void> {
  send(pid, 'SIGSTOP')
  while (true) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    if (stat === '' || /\) [TZX] /.test(stat)) return
    await sleep(1)
  }
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
