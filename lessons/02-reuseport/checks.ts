/** What the kernel must show of lesson 02. */
import type { Machine } from 'reuseport-playground/checks'

const PORT = 8080

/** Two listeners at one address and port, and a worker of its own for each. */
export function groupOfTwo(machine: Machine): true | string {
  return isGroup(machine, 2) || needed(machine, 2)
}

/** Each of the two has been chosen by the kernel at least once. */
export function bothAnswered(machine: Machine): true | string {
  return haveAnswered(machine, 2)
}

/** The third one gets its share without having been announced. */
export function threeAnswered(machine: Machine): true | string {
  return haveAnswered(machine, 3)
}

/** Two workers share the challenge's port, and the last client has met both. */
export function secondServer(machine: Machine): true | string {
  const listeners = machine.listeners.filter(({ port }) => port === 8082)
  const workers = new Set(listeners.flatMap(({ owners }) => owners.map(({ pid }) => pid)))
  if (listeners.length < 2 || workers.size < 2)
    return `Port 8082 has ${count(listeners.length, 'listener')} and ${count(workers.size, 'worker')}; two of each are needed.`
  const answered = machine.answers.filter(({ pid }) => workers.has(pid)).length
  if (answered >= 2) return true
  return `Two workers listen on port 8082; the last client has heard of ${answered}.`
}

function haveAnswered(machine: Machine, workers: number): true | string {
  if (!isGroup(machine, workers)) return needed(machine, workers)
  const answered = new Set(machine.answers.map(({ pid }) => pid))
  const silent = pidsOf(machine).filter(pid => !answered.has(pid))
  if (silent.length === 0) return true
  if (silent.length === workers) return `The ${workers} workers are there; let a client ask them.`
  return `The last client had no answer from worker ${silent.join(' and worker ')}.`
}

function isGroup(machine: Machine, size: number): boolean {
  const listeners = onPort(machine)
  const addresses = new Set(listeners.map(({ address }) => address))
  return listeners.length === size && addresses.size === 1 && pidsOf(machine).length === size
}

function needed(machine: Machine, size: number): string {
  const missing = `${size} listeners with a worker each are needed`
  const listeners = onPort(machine).length
  const workers = pidsOf(machine).length
  if (listeners === 0) return `Nobody listens on port ${PORT}; ${missing}.`
  return `Port ${PORT} has ${count(listeners, 'listener')} and ${count(workers, 'worker')}; ${missing}.`
}

function pidsOf(machine: Machine): number[] {
  return [...new Set(onPort(machine).flatMap(({ owners }) => owners.map(({ pid }) => pid)))]
}

function onPort({ listeners }: Machine): Machine['listeners'] {
  return listeners.filter(({ port }) => port === PORT)
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`
}
