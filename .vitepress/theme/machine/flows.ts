/** Which way connections went between two states of a machine, as far as anybody knows. Pure. */
import type { Machine } from '../../../playground/protocol.ts'

export interface Flow {
  /** `in`: from a client into a queue, where it waits; `out`: from there to a worker; `through`: all the way. */
  leg: 'in' | 'out' | 'through'
  /** Inode of the listener. Undefined: nobody knows which one. */
  queue?: number
  /** Undefined: nobody knows which worker. */
  pid?: number
  count: number
}

/** What is to be seen of it. */
export interface Movement {
  flows: Flow[]
  /** Starts that were refused, and connections that were turned away or reset. */
  refused: number
  lost: number
  /** In so many milliseconds. */
  spread: number
}

/**
 * The kernel counts all connections, and tells which of them wait and who holds them at a look. Of those that came and
 * went between two looks, nobody knows whose they were, unless there is one queue, or a client has counted them.
 *
 * @param answers how the client whose connections these are has counted them, once it has
 */
export function flowsBetween(before: Machine, after: Machine, answers: Machine['answers'] = []): Flow[] {
  const flows: Flow[] = []
  let left = after.counters.accepted - before.counters.accepted
  const queues = after.listeners.map(({ inode, queue, owners }) => {
    const growth = queue - (before.listeners.find(each => each.inode === inode)?.queue ?? 0)
    const pids = [...new Set(owners.map(({ pid }) => pid))]
    return { inode, growth, pids }
  })
  for (const { inode, growth, pids } of queues) {
    const [pid] = pids.length === 1 ? pids : []
    const waits = Math.min(Math.max(growth, 0), Math.max(left, 0))
    left -= waits
    add({ leg: 'in', queue: inode, count: waits })
    add({ leg: 'out', queue: inode, pid, count: Math.max(-growth, 0) })
    const taken = pid === undefined ? 0 : heldBy(after, pid) - heldBy(before, pid) - Math.max(-growth, 0)
    const passed = Math.min(Math.max(taken, 0), Math.max(left, 0))
    left -= passed
    add({ leg: 'through', queue: inode, pid, count: passed })
  }
  if (left <= 0) return flows
  const [only] = queues
  const known = answers.filter(({ pid }) => queues.some(({ pids }) => pids.includes(pid)))
  if (known.length > 0) {
    for (const { pid, count } of split(left, known))
      add({ leg: 'through', queue: queues.find(({ pids }) => pids.includes(pid))!.inode, pid, count })
  } else if (queues.length === 1) {
    add({
      leg: 'through',
      queue: only!.inode,
      pid: only!.pids.length === 1 ? only!.pids[0] : undefined,
      count: left,
    })
  } else add({ leg: 'through', count: left })
  return flows

  function add(flow: Flow): void {
    if (flow.count > 0) flows.push(flow)
  }
}

/** @returns what the client has counted at the end of what is under way at this time, if it has */
export function answersAfter(history: readonly Machine[], at: number): Machine['answers'] | undefined {
  const index = history.findLastIndex(machine => machine.at <= at)
  const now = JSON.stringify(history[index]?.answers ?? [])
  return history.slice(index + 1).find(({ answers }) => JSON.stringify(answers) !== now)?.answers
}

function heldBy({ connections }: Machine, pid: number): number {
  return connections.reduce((sum, each) => sum + (each.server && each.pid === pid ? each.count : 0), 0)
}

/** In the proportion of what was counted, to whole numbers that add up. */
function split(total: number, counted: Machine['answers']): Machine['answers'] {
  const all = counted.reduce((sum, { count }) => sum + count, 0)
  let given = 0
  let seen = 0
  return counted.map(({ pid, count }) => {
    seen += count
    const until = Math.round((total * seen) / all)
    const part = until - given
    given = until
    return { pid, count: part }
  })
}
