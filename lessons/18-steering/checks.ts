/** What the page checks against the kernel: see its `check` containers. */
import type { Machine } from 'reuseport-playground/checks'

const PORT = 8080

/** Four listeners, and the worker that has started third has answered all 400. */
export function allToThird(machine: Machine): true | string {
  const workers = inOrder(machine)
  if (workers.length !== 4) return `Port ${PORT} has ${count(workers.length)}; four are needed.`
  const counted = counts(machine, workers)
  if (counted.join() === '0,0,400,0') return true
  return `The last client has counted ${said(counted)}; the third worker must have answered all of 400.`
}

/** Four listeners, and each has answered exactly 100. */
export function hundredEach(machine: Machine): true | string {
  const workers = inOrder(machine)
  if (workers.length !== 4) return `Port ${PORT} has ${count(workers.length)}; four are needed.`
  const counted = counts(machine, workers)
  if (counted.every(answers => answers === 100)) return true
  return `The last client has counted ${said(counted)}; each of the four must have answered exactly 100.`
}

/** A fifth listener, which has answered nothing while each of the others has answered 100. */
export function newcomerIdle(machine: Machine): true | string {
  const workers = inOrder(machine)
  if (workers.length !== 5) return `Port ${PORT} has ${count(workers.length)}; five are needed.`
  const counted = counts(machine, workers)
  if (counted.join() === '100,100,100,100,0') return true
  return `The last client has counted ${said(counted)}; it must be 100 for each of the four old ones.`
}

/** One of five has left, and the newest has answered as many as each of the others. */
export function gapFilled(machine: Machine): true | string {
  const workers = inOrder(machine)
  const forks = machine.processes.filter(({ title }) => title === 'parent').length
  if (workers.length !== 4 || forks < 2)
    return `Port ${PORT} has ${count(workers.length)} of ${forks} parents; four of two are needed.`
  const counted = counts(machine, workers)
  if (counted.every(answers => answers === 100)) return true
  return `The last client has counted ${said(counted)}; each must have answered 100, the newest too.`
}

/** The workers' pids. They start one after another, so a higher one has listened later. */
function inOrder({ listeners }: Machine, wanted = PORT): number[] {
  const group = listeners.filter(({ port }) => port === wanted)
  return group.flatMap(({ owners }) => owners.slice(0, 1).map(({ pid }) => pid)).toSorted((a, b) => a - b)
}

function counts({ answers }: Machine, workers: number[]): number[] {
  return workers.map(worker => answers.find(({ pid }) => pid === worker)?.count ?? 0)
}

function said(counted: number[]): string {
  return counted.some(answers => answers > 0) ? `${counted.join(', ')} answers` : 'no answers of theirs'
}

function count(listeners: number): string {
  return `${listeners === 0 ? 'no' : listeners} listener${listeners === 1 ? '' : 's'}`
}

/** The fourth worker has answered the 400 connections from ports below 30000, and the others the 400 from above. */
export function reserved(machine: Machine): true | string {
  const workers = inOrder(machine, 8084)
  if (workers.length !== 4) return `Port 8084 has ${count(workers.length)}; four are needed.`
  const counted = counts(machine, workers)
  const [first, second, third, fourth] = counted as [number, number, number, number]
  if (fourth === 400 && first + second + third === 400 && Math.min(first, second, third) > 0) return true
  return `The last client has counted ${said(counted)}; the fourth worker must have 400, and the three others 400 together.`
}
