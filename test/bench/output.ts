/** What a flood costs: how fast it comes, how soon Ctrl-C ends it, what it holds in the server when nobody reads. */
import { setTimeout as delay } from 'node:timers/promises'
import { connect, isPrompt, type Target } from './client.ts'
import { COLOUR_FILE, type Contestant, FLOOD } from './contestants.ts'
import { emptyRounds, type Measurement, rotated, withAll } from './measure.ts'

const MB = 1e6
/** Bytes a second that the page of a slow machine parses. */
const SLOW_PAGE = 10 * MB
/** Milliseconds between two looks at a server's memory. */
const LOOK_EVERY = 100

export const measureOutput: Measurement = (hall, scale) =>
  withAll(hall, async contestants => {
    const rounds = emptyRounds(hall)
    const work = emptyRounds(hall)
    const bytes = hall.colourBytes * scale.copies
    const open = await Promise.all(
      contestants.map(async ({ name, cpu, target }) => ({
        name,
        cpu,
        terminal: await connectToPrompt(target()),
      })),
    )
    for (let round = 0; round < scale.rounds; round++) {
      for (const { name, cpu, terminal } of rotated(open, round)) {
        const worked = await cpu()
        const before = terminal.parsed
        const start = performance.now()
        const end = await terminal.run(`cat $(printf '${COLOUR_FILE} %.0s' {1..${scale.copies}})`, 120)
        const got = terminal.parsed - before
        if (got < bytes) throw new Error(`${name} lost ${bytes - got} of ${bytes} bytes`)
        rounds[name]!.push(got / MB / ((end - start) / 1000))
        work[name]!.push(((await cpu()) - worked) / (got / 100 / MB))
      }
    }
    await Promise.all(open.map(({ terminal }) => terminal.close()))
    return [
      { measure: 'output, UTF-8 and colour', unit: 'MB/s', rounds, target: '≥ 1.3 × naive, ≥ 0.9 × ttyd' },
      { measure: 'processor time for 100 MB of it', unit: 'ms', rounds: work },
    ]
  })

export const measureInterrupt: Measurement = (hall, scale) =>
  withAll(hall, async contestants => {
    const rounds = emptyRounds(hall)
    const queued = emptyRounds(hall)
    for (let round = 0; round < Math.min(scale.rounds, 3); round++) {
      for (const { name, target } of rotated(contestants, round)) {
        const terminal = await connectToPrompt(target(0), SLOW_PAGE)
        terminal.send(`${FLOOD}\r`)
        await delay(scale.floodSeconds * 1000)
        terminal.clear()
        queued[name]!.push(terminal.queued / MB)
        const start = performance.now()
        terminal.send('\x03')
        rounds[name]!.push((await terminal.until(isPrompt, 120)) - start)
        await terminal.close()
      }
    }
    return [
      { measure: `Ctrl-C to prompt, page of ${SLOW_PAGE / MB} MB/s`, unit: 'ms', rounds, target: '≤ 50 ms' },
      { measure: 'waiting in that page meanwhile', unit: 'MB', rounds: queued },
    ]
  })

export const measureStall: Measurement = async (hall, scale) => {
  const rounds = emptyRounds(hall)
  for (const name of hall.names) {
    const contestant = await hall.start(name)
    const terminal = await connectToPrompt(contestant.target())
    const before = await contestant.memory(true)
    terminal.stall()
    terminal.send(`${FLOOD}\r`)
    const most = await mostMemory(contestant, scale.stallSeconds)
    rounds[name]!.push((most - before) / MB)
    // Not in order: a server that holds gigabytes for this page would first send them.
    await contestant.end('SIGKILL')
  }
  const measure = `server memory grows, page reads nothing for ${scale.stallSeconds} s`
  return [{ measure, unit: 'MB', rounds, target: '≤ 32 MB' }]
}

async function connectToPrompt(target: Target, pace?: number) {
  const terminal = await connect(target, pace)
  await terminal.until(isPrompt)
  return terminal
}

async function mostMemory(contestant: Contestant, seconds: number): Promise<number> {
  let most = 0
  const end = performance.now() + seconds * 1000
  while (performance.now() < end) {
    most = Math.max(most, await contestant.memory())
    await delay(LOOK_EVERY)
  }
  return most
}
