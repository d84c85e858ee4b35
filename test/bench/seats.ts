/** A room at work for minutes: every seat types a command a second, one in ten floods. */
import { setTimeout as delay } from 'node:timers/promises'
import { connect, isPrompt, type Terminal } from './client.ts'
import type { Contestant } from './contestants.ts'
import { startFlood } from './echo.ts'
import type { Measurement, Row } from './measure.ts'
import { median, quantile } from './stats.ts'

/** Every tenth seat floods, into a page of this many bytes a second. */
const FLOODS_EVERY = 10
const PAGE_SPEED = 10e6
/** Seconds between two looks at the server's memory. */
const LOOK_EVERY = 5

/** Ours alone: the others know no seats. */
export const measureSeats: Measurement = async (hall, { seats, seatSeconds }) => {
  const contestant = await hall.start('ours', seats)
  const all = Array.from({ length: seats }, (_, seat) => seat)
  const floods = await Promise.all(
    all.filter(isFlooding).map(seat => startFlood(contestant.target(0, seat), PAGE_SPEED)),
  )
  const typing = await Promise.all(
    all
      .filter(seat => !isFlooding(seat))
      .map(async seat => {
        const terminal = await connect(contestant.target(0, seat))
        await terminal.until(isPrompt, 60)
        return terminal
      }),
  )
  const until = performance.now() + seatSeconds * 1000
  const worked = await contestant.cpu()
  const [memory, ...people] = await Promise.all([
    watchMemory(contestant, until),
    ...typing.map(terminal => work(terminal, until)),
  ])
  const share = ((await contestant.cpu()) - worked) / (seatSeconds * 1000)
  await Promise.all(floods.map(flood => flood.end()))
  await Promise.all(typing.map(terminal => terminal.close()))
  const log = await contestant.end()
  const echoes = people.flatMap(({ echoes }) => echoes)
  const errors = people.flatMap(({ errors }) => errors)
  for (const error of [...new Set(errors)].slice(0, 5)) console.error(error)
  if (log) console.error(log)
  const fifth = Math.ceil(memory.length / 5)
  const room = `${seats} seats for ${seatSeconds} s`
  const row = (measure: string, unit: string, value: number, target?: string): Row => ({
    measure: `${room}: ${measure}`,
    unit,
    rounds: { ours: [value] },
    target,
  })
  return [
    row('commands', 'commands', echoes.length),
    row('errors', 'errors', errors.length, '0'),
    row('echo, p50', 'ms', quantile(echoes, 0.5)),
    row('echo, p99', 'ms', quantile(echoes, 0.99), '< 100 ms'),
    row('memory, median of the first fifth', 'MB', median(memory.slice(0, fifth)) / 1e6),
    row('memory, median of the last fifth', 'MB', median(memory.slice(-fifth)) / 1e6, 'flat'),
    row('processors that the server keeps busy', '', share),
  ]
}

function isFlooding(seat: number): boolean {
  return seat % FLOODS_EVERY === FLOODS_EVERY - 1
}

/** Types a command every second, each time somewhat earlier or later. */
async function work(terminal: Terminal, until: number): Promise<{ echoes: number[]; errors: string[] }> {
  const echoes: number[] = []
  const errors: string[] = []
  for (let number = 1; performance.now() < until; number++) {
    await delay(500 + Math.random() * 1000)
    try {
      terminal.clear()
      const start = performance.now()
      terminal.send('e')
      echoes.push((await terminal.until(end => end.endsWith('e'))) - start)
      terminal.send(`cho answer-$((${number} * 7))\r`)
      await terminal.until(end => end.includes(`answer-${number * 7}\r\n`) && isPrompt(end))
    } catch (error) {
      errors.push((error as Error).message)
      break
    }
  }
  return { echoes, errors }
}

/** @returns bytes, a value for every look */
async function watchMemory(contestant: Contestant, until: number): Promise<number[]> {
  const values: number[] = []
  while (performance.now() < until) {
    values.push(await contestant.memory())
    await delay(LOOK_EVERY * 1000)
  }
  return values
}
