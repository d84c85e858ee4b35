/**
 * `npm run contrast`: the same load on one worker, on four that share the port, and on four of which one stands still.
 * What the kernel's queues held and when the answers came is written to `docs/contrast.json`, which the home page draws.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Contrast, ContrastRun } from '../../.vitepress/theme/home/contrast.made.ts'
import { createMachineReader } from '../../playground/machine/reader.ts'
import type { Listener } from '../../playground/protocol.ts'
import type { Sandbox } from '../../playground/sandbox/kind.ts'
import { createSandbox } from '../../playground/sandbox/sandbox.ts'
import { openWorkspace } from '../../playground/workbench/workspace.ts'

/** One worker is asked for twice as much as it can do, four for half of it. */
const LOAD = { rate: 100, hold: 20, seconds: 4, backlog: 128 }
/** Milliseconds from one look at the queues to the next. */
const LOOK_MS = 100
/** Of a start. Milliseconds. */
const PATIENCE_MS = 30_000
const SCRIPTS = ['worker.ts', 'client.ts']

const contrast: Contrast = {
  date: new Date().toISOString().slice(0, 10),
  kernel: os.release().replace(/^(\d+\.\d+).*/, '$1'),
  ...LOAD,
  one: await record(1),
  four: await record(4),
  stopped: await record(4, { stops: true }),
}
const file = path.join(import.meta.dirname, '../../docs/contrast.json')
await writeFile(file, `${JSON.stringify(contrast).replace(/\},"/g, '},\n"')}\n`)
for (const name of ['one', 'four', 'stopped'] as const) {
  const { answers, workers, p99, queues } = contrast[name]
  console.log(
    `${name}: ${answers} answers (${workers.join(' ')}), p99 ${p99} ms, queues ${queues.at(-1)!.join(' ')}`,
  )
}

/** @param options `stops`: the first worker is stopped before the load begins */
async function record(workers: number, { stops = false } = {}): Promise<ContrastRun> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'contrast-'))
  const workspace = path.join(folder, 'contrast')
  await openWorkspace(
    SCRIPTS.map(file => ({ file, from: path.join(import.meta.dirname, file), mode: 0o644 })),
    workspace,
  )
  const sandbox = await createSandbox({ workspace })
  const reader = createMachineReader(sandbox)
  try {
    const share = workers > 1 ? ['share'] : []
    for (let n = 0; n < workers; n++) begin(sandbox, 'node worker.ts', LOAD.hold, LOAD.backlog, ...share)
    const listeners = await listening()
    const pids = listeners.map(({ owners }) => owners[0]!.pid)
    if (stops) await once(begin(sandbox, 'kill -STOP', pids[0]!), 'exit')
    const client = begin(sandbox, 'node client.ts', LOAD.rate, LOAD.seconds)
    let text = ''
    client.stdout!.on('data', data => {
      text += data
    })
    // Its first line says that it begins.
    await once(client.stdout!, 'data')
    const queues: number[][] = []
    const begun = performance.now()
    for (let at = 0; at <= LOAD.seconds * 1000; at += LOOK_MS) {
      await delay(Math.max(0, begun + at - performance.now()))
      const now = (await reader.read()).listeners
      queues.push(listeners.map(({ inode }) => now.find(each => each.inode === inode)?.queue ?? 0))
    }
    if (client.exitCode === null) await once(client, 'exit')
    return summary(text, pids, queues)
  } finally {
    reader.close()
    await sandbox.close()
    await rm(folder, { recursive: true, force: true })
  }

  async function listening(): Promise<Listener[]> {
    const deadline = performance.now() + PATIENCE_MS
    for (;;) {
      const { listeners } = await reader.read()
      if (listeners.length === workers) return listeners
      if (performance.now() > deadline) throw new Error(`${listeners.length} of ${workers} workers listen`)
      await delay(LOOK_MS)
    }
  }
}

function summary(text: string, pids: number[], queues: number[][]): ContrastRun {
  const answers = text
    .trim()
    .split('\n')
    .slice(1)
    .map(line => line.split(' ').map(Number) as [due: number, took: number, pid: number])
  const sorted = answers.map(([, took]) => took).sort((a, b) => a - b)
  const steps = queues.map((_, index) => index * LOOK_MS)
  return {
    queues,
    answered: steps.map(at => answers.filter(([due, took]) => due + took <= at).length),
    answers: answers.length,
    workers: pids.map(pid => answers.filter(answer => answer[2] === pid).length),
    p99: Math.round(sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0),
  }
}

/** Inside, and a child of a shell there: what is stopped must have a parent that is not. */
function begin(sandbox: Sandbox, ...command: (string | number)[]): ChildProcess {
  const inside = `cd ${sandbox.cwd}; ${command.join(' ')} & wait $!`
  const [program, ...rest] = sandbox.command(['/bin/sh', '-c', inside])
  return spawn(program!, rest, { env: sandbox.env, stdio: ['ignore', 'pipe', 'inherit'] })
}
