/** Which worker is which: each has a letter and a colour of its own, the same wherever it is seen. Pure. */
import type { Machine } from '../../../playground/protocol.ts'

/** Pids in the order in which their processes have become workers; a worker that is gone keeps its place. */
export type Marks = readonly number[]

/**
 * One set for each theme. Each can be read on every background of the pages, and any two can be told apart, also by
 * those who see no red, no green or no blue; from the sixth worker on only the letters differ.
 */
export const COLOURS = {
  light: ['#2f45d8', '#b34505', '#117b5a', '#b3159d', '#2b2b33'],
  dark: ['#7c93fb', '#f0702c', '#62eda6', '#d97fb0', '#e8dc2f'],
} as const

/** The kernel gives ports from here on to who does not ask for one: clients, which nobody looks for. */
export const OF_CLIENTS = 32_768

/** What a process calls itself that starts workers and is none, even where it has a listener for a moment, or for all. */
const PARENT = 'parent'

/** @returns with who works in this machine and was not known; the same marks if there is nobody */
export function markWorkers(marks: Marks, machine: Machine): Marks {
  const { listeners, udp, connections, answers, processes } = machine
  const able = new Set(processes.filter(({ title }) => title !== PARENT).map(({ pid }) => pid))
  const owners = [...listeners, ...udp.filter(({ port }) => port < OF_CLIENTS)].flatMap(socket =>
    socket.owners.map(({ pid }) => pid),
  )
  // Workers of a cluster own no listener: they are handed connections.
  const others = [
    ...connections.flatMap(({ server, pid }) => (server && pid !== undefined ? [pid] : [])),
    ...answers.map(({ pid }) => pid),
  ]
  const isNew = (pid: number) => able.has(pid) && !marks.includes(pid)
  const found = [...new Set([...inOrder(owners), ...inOrder(others)])].filter(isNew)
  return found.length > 0 ? [...marks, ...found] : marks
}

/** `A`, `B` … `Z`, `AA`; undefined: no worker. */
export function letterOf(marks: Marks, pid: number): string | undefined {
  const index = marks.indexOf(pid)
  return index < 0 ? undefined : letterAt(index)
}

/** CSS, for both themes; undefined: no worker. */
export function colourOf(marks: Marks, pid: number): string | undefined {
  const index = marks.indexOf(pid) % COLOURS.light.length
  return index < 0 ? undefined : `light-dark(${COLOURS.light[index]}, ${COLOURS.dark[index]})`
}

/**
 * Small pids are like any other number: those count that a word before them makes one; `kill` takes several, and a
 * load counts answers for each, `worker 23:11 24:9`.
 */
const PID =
  /(?:\b(?:worker|pid|process)(?:\s+|\s?[=:(#]\s?)|(?<=\bkill(?:\s+-\w+)*(?:\s+\d+)*\s)|(?<=\bworker(?:\s+\d+:\d+)+\s)|\/proc\/|\b(?:node|python3?|worker)[([])(\d+)\b/gi

/** Where a line of text names workers. */
export function pidsIn(line: string, marks: Marks): { from: number; to: number; pid: number }[] {
  if (marks.length === 0 || !/\d/.test(line)) return []
  return [...line.matchAll(PID)].flatMap(({ 0: all, 1: digits, index }) => {
    const pid = Number(digits)
    const to = index + all.length
    return marks.includes(pid) ? [{ from: to - digits!.length, to, pid }] : []
  })
}

/** Of a line in pieces: which of them are workers' pids. */
export function pidsOf(pieces: readonly string[], marks: Marks): (number | undefined)[] {
  const found = pidsIn(pieces.join(''), marks)
  let from = 0
  return pieces.map(({ length }) => {
    const begin = from
    from += length
    return found.find(place => place.from === begin && place.to === from)?.pid
  })
}

/** Workers that this shell has started, or that its programs have. */
export function workersUnder(shell: number, { processes }: Machine, marks: Marks): number[] {
  const parents = new Map(processes.map(({ pid, parent }) => [pid, parent]))
  return marks.filter(pid => {
    for (let at = parents.get(pid); at !== undefined && at > 1; at = parents.get(at))
      if (at === shell) return true
    return false
  })
}

function letterAt(index: number): string {
  const last = String.fromCharCode(65 + (index % 26))
  return index < 26 ? last : letterAt(Math.floor(index / 26) - 1) + last
}

function inOrder(pids: number[]): number[] {
  return pids.toSorted((a, b) => a - b)
}
