/** What the kernel must show of lesson 11. */
import type { Machine } from 'reuseport-playground/checks'

const PORT = 8080
const WORKERS = 4

/** All that listen have answered the last client. */
export function allAnswer({ listeners, answers }: Machine): true | string {
  const owners = new Set(
    listeners.filter(({ port }) => port === PORT).flatMap(({ owners }) => owners.map(({ pid }) => pid)),
  )
  if (owners.size !== WORKERS) return `${owners.size} workers listen on port ${PORT}; ${WORKERS} are needed.`
  const silent = [...owners].filter(pid => !answers.some(answer => answer.pid === pid))
  return silent.length === 0 || `The last client had no answer from worker ${silent.join(' and worker ')}.`
}

/** Of three workers one waits for its data and does not listen, and the two others have answered everybody. */
export function warmFirst({ listeners, processes, answers }: Machine): true | string {
  const workers = processes.filter(({ title }) => title === 'worker').length
  const group = listeners.filter(({ port }) => port === 8091)
  const ready = new Set(group.flatMap(({ owners }) => owners.map(({ pid }) => pid)))
  if (workers !== 3)
    return `${workers} workers run; three are needed, and the third one is to wait for its data.`
  if (ready.size !== 2)
    return `${ready.size} of the three workers listen on port 8091; the one that waits for its data must not.`
  const total = answers.filter(({ pid }) => ready.has(pid)).reduce((sum, { count }) => sum + count, 0)
  return total >= 200 || `The two workers have answered the last client ${total} times; 200 are needed.`
}
