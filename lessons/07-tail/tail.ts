/** Stops one of four workers, and measures how long requests take meanwhile: for each model. */
import { constants } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { ask, startModel } from './models.ts'
import { readOptions, stop, wholeNumber } from './options.ts'

// #region sizes
const WORKERS = 4
/** A request begins every so many milliseconds. */
const INTERVAL_MS = 3
/** The worker stays stopped until for so long nobody has been answered. */
const REST_MS = 500
// #endregion sizes

const { port, requests } = readOptions({
  port: wholeNumber(8080, 1, 65535),
  requests: wholeNumber(200, 1, 1000),
})

try {
  row('model', 'waited', 'p50', 'p99')
  for (const model of ['own', 'cluster', 'shared']) {
    const { waited, times } = await measure(model)
    row(model, waited, percentile(times, 50), percentile(times, 99))
  }
} catch (error) {
  stop(error)
}

// #region measure
/** Resolves with how many waited for the stopped worker, and the milliseconds of each, the shortest first. */
async function measure(model: string): Promise<{ waited: number; times: number[] }> {
  const server = await startModel(`${model}.ts`, port, WORKERS)
  const times: Promise<number>[] = []
  const [, pid] = (await ask(port)).split(' ')
  process.kill(Number(pid), 'SIGSTOP')
  // Told to end, this program must not leave a stopped worker behind: it would keep the port.
  const leave = (signal: NodeJS.Signals) => {
    process.kill(Number(pid), 'SIGCONT')
    void server.close()
    process.exit(128 + constants.signals[signal])
  }
  process.on('SIGINT', leave).on('SIGTERM', leave)

  let answered = 0
  while (times.length < requests) {
    times.push(timeOf(ask(port)).finally(() => answered++))
    await setTimeout(INTERVAL_MS)
  }
  let before: number
  do {
    before = answered
    await setTimeout(REST_MS)
  } while (answered > before)
  const waited = requests - answered
  process.kill(Number(pid), 'SIGCONT')
  process.off('SIGINT', leave).off('SIGTERM', leave)

  const found = await Promise.all(times)
  await server.close()
  return { waited, times: found.sort((a, b) => a - b) }
}

async function timeOf(request: Promise<unknown>): Promise<number> {
  const start = performance.now()
  await request
  return performance.now() - start
}

/** The time within which so many percent of the requests were answered. */
function percentile(sorted: number[], percent: number): number {
  const rank = Math.ceil((sorted.length * percent) / 100)
  return Math.round(sorted[rank - 1]!)
}
// #endregion measure

function row(model: string, ...values: (string | number)[]): void {
  console.log(model.padEnd(8) + values.map(value => `${value}`.padStart(13)).join(''))
}
