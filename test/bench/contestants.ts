/** The servers under test, each a process of its own, all with the same bash and the same files. */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { findProgram } from '../harness/needs.ts'
import type { Target } from './client.ts'
import { NAIVE_SHELL, SHELL_ENV } from './shell.ts'
import type { Answer, Kept, Question } from './worker.ts'

export interface Contestant {
  /** `ours`, `naive`, `ttyd`, or the folder's name of another checkout. */
  name: string
  /** Of the server itself, its shells are others. */
  pid: number
  /** A pane with its own shell; the same pane of `ours` is the same shell again. */
  target(pane?: number, seat?: number): Target
  /** Resident memory of the server process, bytes; after its garbage has been collected where it has any. */
  memory(collect?: boolean): Promise<number>
  /** Of that, what its objects and their buffers take without garbage: a count. Only of a server in Node. */
  kept?(): Promise<number>
  /** Processor time that the server process has had, milliseconds: what a busy machine disturbs least. */
  cpu(): Promise<number>
  /** Starts a lesson over, if the server knows lessons. */
  reset(seat?: number): Promise<void>
  /** @returns what it has logged */
  end(signal?: NodeJS.Signals): Promise<string>
}

export interface Hall {
  /** Those that are here, `ours` first. */
  names: string[]
  /** Bytes of `COLOUR_FILE`, which stands in every shell's folder, as a terminal prints them. */
  colourBytes: number
  start(name: string, seats?: number): Promise<Contestant>
  close(): Promise<void>
}

/** In the working directory of every shell: lines of colour and of UTF-8. */
export const COLOUR_FILE = 'colour.txt'
/**
 * Prints without end, as one program: of a loop's programs one that has ended and is not yet buried may be whom Ctrl-C
 * is for, and then the shell never hears of it, whoever serves its terminal.
 */
export const FLOOD = `cat $(printf '${COLOUR_FILE} %.0s' {1..9999})`
/** Panes that the lesson has. */
export const PANES = 8
const LESSON = 'bench'

/**
 * Makes the files that all of them need.
 *
 * @param beside other checkouts of this project, to compare a change with what was before
 */
export async function openHall(beside: readonly string[] = []): Promise<Hall> {
  const base = await mkdtemp(path.join(os.tmpdir(), 'playground-bench-'))
  const scripts = path.join(base, 'lessons', LESSON)
  await mkdir(path.join(base, 'docs/lessons'), { recursive: true })
  await mkdir(scripts, { recursive: true })
  const fences = Array.from({ length: PANES }, (_, pane) => `\`\`\`console pane=p-${pane}\n$ true\n\`\`\`\n`)
  await writeFile(path.join(base, 'docs/lessons', `${LESSON}.md`), `# Bench\n\n${fences.join('\n')}`)
  const { text, printed } = colours()
  await writeFile(path.join(scripts, COLOUR_FILE), text)
  const running = new Set<Contestant>()
  const ttyd = findProgram('ttyd')
  const starts = new Map([
    ['ours', (seats: number) => startOurs('ours', import.meta.dirname, base, seats)],
    ...beside.map(
      folder =>
        [
          path.basename(folder),
          (seats: number) => startOurs(path.basename(folder), path.join(folder, 'test/bench'), base, seats),
        ] as const,
    ),
    ['naive', () => startNaive(scripts)],
    ...(ttyd ? [['ttyd', () => startTtyd(ttyd, scripts)] as const] : []),
  ])

  return {
    names: [...starts.keys()],
    colourBytes: printed,
    async start(name, seats = 1) {
      const contestant = await starts.get(name)!(seats)
      const { end } = contestant
      running.add(contestant)
      contestant.end = signal => {
        running.delete(contestant)
        return end(signal)
      }
      return contestant
    },
    async close() {
      await Promise.all([...running].map(contestant => contestant.end()))
      await rm(base, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function startOurs(name: string, scripts: string, root: string, seats: number): Promise<Contestant> {
  const keys = Array.from({ length: seats }, () => randomBytes(32).toString('base64url'))
  const state = await mkdtemp(path.join(root, 'state-'))
  const { child, port, collect } = await startNode(path.join(scripts, 'ours.ts'), [root, state, ...keys])
  return {
    name,
    pid: child.pid!,
    target: (pane = 0, seat = 0) => ({
      protocol: 'ours',
      url: `ws://127.0.0.1:${port}/api/panes/${LESSON}/p-${pane}`,
      subprotocols: ['playground', `key.${keys[seat]}`],
    }),
    async memory(clean) {
      if (clean) await collect()
      return residentMemory(child.pid!)
    },
    kept: collect,
    cpu: () => processorTime(child.pid!),
    async reset(seat = 0) {
      const url = `http://127.0.0.1:${port}/api/reset/${LESSON}`
      const headers = { Authorization: `Bearer ${keys[seat]}` }
      const { status } = await fetch(url, { method: 'POST', headers })
      if (status !== 204) throw new Error(`the reset was answered with ${status}`)
    },
    end: ending(child),
  }
}

async function startNaive(cwd: string): Promise<Contestant> {
  const { child, port, collect } = await startNode(path.join(import.meta.dirname, 'naive.ts'), [], cwd)
  return {
    name: 'naive',
    pid: child.pid!,
    target: () => ({ protocol: 'naive', url: `ws://127.0.0.1:${port}/`, subprotocols: [] }),
    async memory(clean) {
      if (clean) await collect()
      return residentMemory(child.pid!)
    },
    kept: collect,
    cpu: () => processorTime(child.pid!),
    reset: async () => {},
    end: ending(child),
  }
}

async function startTtyd(file: string, cwd: string): Promise<Contestant> {
  // On a busy machine it takes a late pong for a lost page.
  const patient = ['--ping-interval', '300']
  const args = ['--writable', '--interface', 'lo', '--port', '0', ...patient, ...NAIVE_SHELL]
  const child = spawn(file, args, { cwd, env: SHELL_ENV, stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  const port = await new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`ttyd ended: ${log}`)))
    child.stderr.on('data', chunk => {
      log += chunk
      const found = /Listening on port: (\d+)/.exec(log)
      if (found) resolve(found[1]!)
    })
  })
  return {
    name: 'ttyd',
    pid: child.pid!,
    target: () => ({ protocol: 'ttyd', url: `ws://127.0.0.1:${port}/ws`, subprotocols: ['tty'] }),
    memory: () => residentMemory(child.pid!),
    cpu: () => processorTime(child.pid!),
    reset: async () => {},
    end: ending(child),
  }
}

async function startNode(file: string, args: string[], cwd?: string) {
  // Flags for a profiler and the like, as in NODE_OPTIONS but for the server alone.
  const flags = process.env.BENCH_NODE_FLAGS?.split(' ') ?? []
  const child = fork(file, args, {
    cwd,
    execArgv: ['--expose-gc', ...flags],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const collect = async () => {
    const answered = once(child, 'message')
    child.send('collect' satisfies Question)
    return ((await answered) as [Kept])[0].kept
  }
  const failed = once(child, 'exit').then(() => {
    throw new Error(`${file} ended before it listened`)
  })
  const [answer] = (await Promise.race([once(child, 'message'), failed])) as [Answer & { port: number }]
  failed.catch(() => {
    // From here on its end is somebody's wish.
  })
  return { child, port: answer.port, collect }
}

function ending(child: ChildProcess): Contestant['end'] {
  let log = ''
  child.stderr?.on('data', chunk => {
    log = (log + chunk).slice(-64 * 1024)
  })
  return async (signal = 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit')
      child.kill(signal)
      await ended
    }
    return log
  }
}

async function residentMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) * 1024
}

/** Of all its threads; `schedstat` counts nanoseconds, `stat` only ticks of ten milliseconds. */
async function processorTime(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`)
  const times = await Promise.all(
    // A thread that has just ended takes its time along: there are none in the midst of a measurement.
    threads.map(thread => readFile(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').catch(() => '0')),
  )
  return times.reduce((sum, text) => sum + Number(text.split(' ')[0]), 0) / 1e6
}

/** About 4 MiB of what programs print: short lines, colour, letters of one to four bytes. */
function colours(): { text: string; printed: number } {
  const words = ['worker', 'queue', 'слушает', 'порт', '接続', '待ち', '→', '✓', '🙂', 'λ', 'größe', '8080']
  const lines: string[] = []
  let bytes = 0
  for (let line = 0; bytes < 4 * 1024 * 1024; line++) {
    const parts = Array.from({ length: 6 }, (_, part) => {
      const colour = (line * 7 + part * 13) % 256
      return `\x1b[38;5;${colour}m${words[(line + part * part) % words.length]}\x1b[0m`
    })
    const text = `${line} ${parts.join(' ')}\n`
    lines.push(text)
    bytes += Buffer.byteLength(text)
  }
  // The terminal's line discipline prints a carriage return before every newline.
  return { text: lines.join(''), printed: bytes + lines.length }
}
