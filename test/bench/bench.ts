/**
 * `npm run bench`: the terminal of this project beside a naive one and, where it is on PATH, ttyd. All of them take
 * turns in one run: what else the machine does disturbs them alike, so the ratios hold better than the values.
 */
import { writeFile } from 'node:fs/promises'
import os from 'node:os'
import { parseArgs } from 'node:util'
import { openHall } from './contestants.ts'
import { measureFloodEcho, measureIdleEcho } from './echo.ts'
import type { Measurement, Row, Scale } from './measure.ts'
import { measureInterrupt, measureOutput, measureStall } from './output.ts'
import { measureFirstPrompt, measureLeftovers, measurePaneMemory } from './panes.ts'
import { formatMarkdown, formatText, type Report, readMachine } from './report.ts'
import { measureSeats } from './seats.ts'

const USAGE = `npm run bench -- [options]
  --quick          a smoke test of half a minute; its numbers mean little
  --long           50 seats for 5 minutes as well
  --only NAME      one measurement, or several: idle flood output interrupt stall prompt memory left seats
  --beside FOLDER  another checkout of this project as well, with its own node_modules
  --json FILE      write everything that was measured
  --markdown FILE  write the table as Markdown
  --help           print this`

const MEASUREMENTS: Record<string, Measurement> = {
  idle: measureIdleEcho,
  flood: measureFloodEcho,
  output: measureOutput,
  interrupt: measureInterrupt,
  stall: measureStall,
  prompt: measureFirstPrompt,
  memory: measurePaneMemory,
  left: measureLeftovers,
  seats: measureSeats,
}

const FULL: Scale = {
  rounds: 7,
  echoes: 100,
  copies: 25,
  floodSeconds: 3,
  stallSeconds: 10,
  panes: 50,
  firstPrompts: 21,
  seats: 50,
  seatSeconds: 300,
}
const QUICK: Scale = {
  rounds: 1,
  echoes: 20,
  copies: 1,
  floodSeconds: 0.5,
  stallSeconds: 1,
  panes: 7,
  firstPrompts: 1,
  seats: 10,
  seatSeconds: 3,
}

await main()

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean' },
      long: { type: 'boolean' },
      only: { type: 'string', multiple: true },
      beside: { type: 'string', multiple: true },
      json: { type: 'string' },
      markdown: { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return console.log(USAGE)
  const chosen = values.only ?? Object.keys(MEASUREMENTS).filter(name => name !== 'seats' || values.long)
  const unknown = chosen.find(name => !Object.hasOwn(MEASUREMENTS, name))
  if (unknown !== undefined) throw new Error(`--only ${unknown}: there is no such measurement`)
  const machine = await readMachine()
  const hall = await openHall(values.beside)
  const rows: Row[] = []
  try {
    for (const name of chosen) {
      console.error(`${name} …`)
      try {
        rows.push(...(await MEASUREMENTS[name]!(hall, values.quick ? QUICK : FULL)))
      } catch (error) {
        // What has been measured so far took minutes, what comes may work.
        console.error(error)
        process.exitCode = 1
      }
    }
  } finally {
    await hall.close()
  }
  machine.load[1] = os.loadavg()[0]!
  const report: Report = { machine, names: hall.names, rows }
  console.log(formatText(report))
  if (values.json) await writeFile(values.json, `${JSON.stringify(report, undefined, 2)}\n`)
  if (values.markdown) await writeFile(values.markdown, `${formatMarkdown(report)}\n`)
}
