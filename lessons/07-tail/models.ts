/** What tail.ts and throughput.ts share: a server that is started and ended, its CPU time, a request to it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'

export interface Model {
  port: number
  /** The milliseconds of CPU time that the parent and its workers have used. */
  cpuTime(): number
  /** Resolves when all its processes have ended. */
  close(): Promise<void>
}

// #region start
/** Resolves when all workers of `SCRIPT.ts` are listening. */
export async function startModel(
  script: string,
  port: number,
  workers: number,
  ...args: string[]
): Promise<Model> {
  const file = path.join(import.meta.dirname, script)
  const options = ['--port', `${port}`, '--workers', `${workers}`, ...args]
  const parent = spawn(process.execPath, [file, ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
  let ready = 0
  for await (const line of createInterface(parent.stdout)) {
    if (line.includes('is listening on') && ++ready === workers) break
  }
  if (ready < workers) throw new Error(`${script} has not started`)
  parent.stdout.resume()
  return {
    port,
    cpuTime: () => cpuTime(parent.pid!),
    async close() {
      // The workers end with their parent. They hold its standard output, too: it closes with the last one.
      parent.kill()
      await once(parent, 'close')
    },
  }
}
// #endregion start

function cpuTime(parent: number): number {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8')
  let milliseconds = 0
  for (const pid of [parent, ...children.trim().split(' ')]) {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      // The first number: nanoseconds that the thread has run.
      const [nanoseconds] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')
      milliseconds += Number(nanoseconds) / 1e6
    }
  }
  return milliseconds
}

/** Resolves with a worker's answer, on a connection of its own. */
export async function ask(port: number): Promise<string> {
  return text(connect(port, '127.0.0.1'))
}
