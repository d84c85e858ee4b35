/** From a keystroke to its echo, at rest and while another pane floods. */
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { connect, isPrompt, type Target, type Terminal } from './client.ts'
import { emptyRounds, type Measurement, type Rounds, rotated, withAll } from './measure.ts'
import { quantile } from './stats.ts'

/** Keystrokes of one server before it is the next one's turn. */
const BLOCK = 20
/** Milliseconds between keystrokes, at least and at most: nobody types in step with a server's clock. */
const PAUSE = { least: 2, most: 6 }

export const measureIdleEcho: Measurement = (hall, scale) =>
  withAll(hall, async contestants => {
    const open = await Promise.all(
      contestants.map(async ({ name, target }) => ({ name, terminal: await openCat(target()) })),
    )
    const p50 = emptyRounds(hall)
    const p99 = emptyRounds(hall)
    for (let round = 0; round < scale.rounds; round++) {
      const samples = emptyRounds(hall)
      for (let block = 0; block * BLOCK < scale.echoes; block++)
        for (const { name, terminal } of rotated(open, block))
          samples[name]!.push(...(await typeBlock(terminal)))
      push(samples, p50, 0.5)
      push(samples, p99, 0.99)
    }
    await Promise.all(open.map(({ terminal }) => closeCat(terminal)))
    return [
      { measure: 'echo at rest, p50', unit: 'ms', rounds: p50, target: '≤ 1.25 × ttyd, ≤ naive' },
      { measure: 'echo at rest, p99', unit: 'ms', rounds: p99 },
    ]
  })

export const measureFloodEcho: Measurement = (hall, scale) =>
  withAll(hall, async contestants => {
    const p50 = emptyRounds(hall)
    const p99 = emptyRounds(hall)
    for (let round = 0; round < scale.rounds; round++) {
      const samples = emptyRounds(hall)
      for (const { name, target } of rotated(contestants, round)) {
        const terminal = await openCat(target(0))
        const flood = await startFlood(target(1))
        for (let done = 0; done < scale.echoes; done += BLOCK)
          samples[name]!.push(...(await typeBlock(terminal)))
        await flood.end()
        await closeCat(terminal)
      }
      push(samples, p50, 0.5)
      push(samples, p99, 0.99)
    }
    return [
      { measure: 'echo while another pane floods, p50', unit: 'ms', rounds: p50 },
      { measure: 'echo while another pane floods, p99', unit: 'ms', rounds: p99, target: '≤ naive' },
    ]
  })

/** A program that leaves the echo to the kernel: what is measured is the server. */
async function openCat(target: Target): Promise<Terminal> {
  const terminal = await connect(target)
  await terminal.until(isPrompt)
  terminal.clear()
  // Said when the line editor has given the terminal back: from then on the kernel echoes.
  terminal.send('echo go; cat\r')
  await terminal.until(end => end.includes('go\r\n'))
  return terminal
}

/** A pane of ours goes on without its page: the next one that comes must find a prompt. */
async function closeCat(terminal: Terminal): Promise<void> {
  terminal.clear()
  terminal.send('\x04')
  await terminal.until(isPrompt)
  await terminal.close()
}

/** @returns milliseconds of each keystroke */
async function typeBlock(terminal: Terminal): Promise<number[]> {
  const samples: number[] = []
  for (let key = 0; key < BLOCK; key++) {
    await delay(PAUSE.least + Math.random() * (PAUSE.most - PAUSE.least))
    terminal.clear()
    const start = performance.now()
    terminal.send('x')
    samples.push((await terminal.until(end => end.endsWith('x'))) - start)
  }
  terminal.clear()
  terminal.send('\r')
  await terminal.until(end => end.endsWith(`${'x'.repeat(BLOCK)}\r\n`))
  return samples
}

export interface Flood {
  /** Presses Ctrl-C; resolves when the shell is at its prompt. */
  end(): Promise<void>
}

/** A page in a thread of its own, so that what it parses costs the measuring one no time. */
export async function startFlood(target: Target, pace?: number): Promise<Flood> {
  const worker = new Worker(new URL('./flood.ts', import.meta.url), { workerData: { target, pace } })
  const said = (word: string) =>
    new Promise<void>((resolve, reject) => {
      worker.on('error', reject)
      worker.on('message', message => message === word && resolve())
    })
  await said('flooding')
  return {
    async end() {
      const ended = said('ended')
      worker.postMessage('end')
      await ended
      await worker.terminate()
    },
  }
}

function push(samples: Rounds, into: Rounds, share: number): void {
  for (const [name, values] of Object.entries(samples)) into[name]!.push(quantile(values, share))
}
