/** What a pane costs: the time to its first prompt, the memory it holds, and what is left when it is over. */
import { setTimeout as delay } from 'node:timers/promises'
import { endMarked, findMarked } from '../../playground/sandbox/processes.ts'
import { connect, isPrompt, type Terminal } from './client.ts'
import { type Contestant, type Hall, PANES } from './contestants.ts'
import { emptyRounds, type Measurement, type Row, rotated, withAll } from './measure.ts'

export const measureFirstPrompt: Measurement = (hall, scale) =>
  withAll(
    hall,
    async contestants => {
      const rounds = emptyRounds(hall)
      for (let round = 0; round < scale.firstPrompts; round++) {
        for (const { name, target } of rotated(contestants, round)) {
          const start = performance.now()
          // A fresh seat: sandbox, workspace and shell are all made now.
          const terminal = await connect(target(0, round))
          rounds[name]!.push((await terminal.until(isPrompt)) - start)
          await terminal.close()
        }
      }
      return [{ measure: 'first prompt (ours: sandbox included)', unit: 'ms', rounds, target: '≤ 40 ms' }]
    },
    scale.firstPrompts,
  )

/** Of memory, what a pane may take that waits at its prompt, KiB; a fifth of it for what Node needs beside its objects. */
export const IDLE_PANE = { resident: 40, kept: 32 }

export const measurePaneMemory: Measurement = async (hall, scale) => {
  const rounds = emptyRounds(hall)
  const kept = emptyRounds(hall)
  const seats = Math.ceil(scale.panes / (PANES - 1))
  for (const name of hall.names) {
    const contestant = await hall.start(name, seats)
    const terminals: Terminal[] = []
    const open = async (pane: number, seat: number) => {
      const terminal = await connect(contestant.target(pane, seat))
      await terminal.until(isPrompt)
      terminals.push(terminal)
    }
    // One pane of each seat first: their sandboxes, and the code that is compiled by then, are not what a pane costs.
    for (let seat = 0; seat < seats; seat++) await open(0, seat)
    const before = await contestant.memory(true)
    const keptBefore = await contestant.kept?.()
    for (let pane = 0; pane < scale.panes; pane++) await open(1 + Math.floor(pane / seats), pane % seats)
    const ofEach = (more: number) => more / 1024 / scale.panes
    rounds[name]!.push(ofEach((await contestant.memory(true)) - before))
    const keptAfter = await contestant.kept?.()
    if (keptBefore !== undefined && keptAfter !== undefined) kept[name]!.push(ofEach(keptAfter - keptBefore))
    await Promise.all(terminals.map(terminal => terminal.close()))
    await contestant.end()
  }
  const measure = `memory of an idle pane without its shell, at ${scale.panes}`
  return [
    { measure, unit: 'KiB', rounds, target: `≤ ${IDLE_PANE.resident} KiB` },
    {
      measure: 'of that, its objects and buffers',
      unit: 'KiB',
      rounds: kept,
      target: `≤ ${IDLE_PANE.kept} KiB`,
    },
  ]
}

/** How a program is started that may outlive its shell. The foreground comes last: it takes the prompt. */
const KINDS = {
  '&': (sleep: string) => `${sleep} &`,
  nohup: (sleep: string) => `nohup ${sleep} > /dev/null 2>&1 &`,
  setsid: (sleep: string) => `setsid ${sleep} &`,
  disown: (sleep: string) => `${sleep} & disown`,
  foreground: (sleep: string) => sleep,
}
/** Milliseconds after which what still runs counts as left. */
const GRACE = 2500

export const measureLeftovers: Measurement = async hall => {
  const rows: Row[] = []
  for (const how of ['close', 'SIGTERM', 'SIGKILL'] as const) {
    const row: Row = { measure: '', unit: 'processes', rounds: emptyRounds(hall), words: {}, target: '0' }
    row.measure = { close: 'left after close', SIGTERM: 'left after SIGTERM', SIGKILL: 'left after kill -9' }[
      how
    ]
    for (const name of hall.names) {
      const left = await leftAfter(hall, name, how)
      row.rounds[name]!.push(left.length)
      if (left.length > 0) row.words![name] = left.join(', ')
    }
    rows.push(row)
  }
  return rows
}

/** @returns the kinds of processes that are still there */
async function leftAfter(hall: Hall, name: string, how: 'close' | 'SIGTERM' | 'SIGKILL'): Promise<string[]> {
  const contestant = await hall.start(name)
  const word = `BENCH_LEFT=${process.pid}-${contestant.pid}`
  const kinds = Object.keys(KINDS)
  const mark = (kind: string) => `${word}-${kinds.indexOf(kind)}`
  const left = async () => {
    const found = await Promise.all(kinds.map(kind => findMarked(mark(kind))))
    return kinds.filter((_, index) => found[index]!.length > 0)
  }
  const terminal = await connect(contestant.target())
  try {
    await terminal.until(isPrompt)
    const lines = Object.entries(KINDS).map(([kind, start]) => start(`env ${mark(kind)} sleep 600`))
    terminal.send(`${lines.join('\r')}\r`)
    await poll(async () => (await left()).length === kinds.length, 20_000)
    if (how === 'close') await closePane(contestant, terminal)
    else await contestant.end(how)
    await poll(async () => (await left()).length === 0, GRACE)
    return await left()
  } finally {
    await terminal.close()
    await contestant.end()
    await Promise.all(kinds.map(kind => endMarked(mark(kind))))
  }
}

/** The others end a shell with its socket. Ours outlives a reload: what ends it is that its lesson is started over. */
async function closePane(contestant: Contestant, terminal: Terminal): Promise<void> {
  await contestant.reset()
  await terminal.close()
}

async function poll(holds: () => Promise<boolean>, milliseconds: number): Promise<void> {
  const deadline = performance.now() + milliseconds
  while (!(await holds()) && performance.now() < deadline) await delay(50)
}
