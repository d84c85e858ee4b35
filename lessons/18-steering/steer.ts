/** Tells the kernel how to choose among the listeners of a port. */

import { attach, borrow, detach, findListeners, type Instruction, setIncomingCpu } from './group.ts'
import { readOptions, stop, wholeNumber } from './options.ts'

// From <linux/filter.h> and <linux/bpf_common.h>. A is the one number that a program works with.
const LOAD = 0x20 // A = four bytes.
const LOAD_HALF = 0x28 // A = two bytes.
const MODULO = 0x94 // A = A % k
const AT_LEAST = 0x35 // Jump: is A >= k?
const RETURN = 0x06 // Return k.
const RETURN_A = 0x16 // Return A.
// What to load: from the packet's IP header, or a number that the kernel knows.
const SOURCE_PORT = -0x100000 + 20 // TCP begins behind the 20 bytes of an IPv4 header.
const CPU = -0x1000 + 36
const RANDOM = -0x1000 + 56

// #region to
function to(index: number): Instruction[] {
  return [[RETURN, index]]
}
// #endregion to

// #region by-source-port
function bySourcePort(count: number): Instruction[] {
  return [
    [LOAD_HALF, SOURCE_PORT], // A = the source port
    [MODULO, count], // A = A % count
    [RETURN_A], // return A
  ]
}
// #endregion by-source-port

// #region canary
/** So many of 100 connections to the newest listener, the rest to the others. */
function canary(percent: number, count: number): Instruction[] {
  return [
    [LOAD, RANDOM], // A = a random number
    [MODULO, 100],
    [AT_LEAST, percent, 1], // A >= percent? Skip one.
    [RETURN, count - 1], // the newest
    [LOAD, RANDOM],
    [MODULO, count - 1],
    [RETURN_A], // one of the others
  ]
}
// #endregion canary

// #region by-cpu
function byCpu(): Instruction[] {
  return [[LOAD, CPU], [RETURN_A]]
}
// #endregion by-cpu

/** What it can be told, and the numbers that go with it. */
const MODES = {
  to: [0, 65535],
  'by-source-port': [1, 65535],
  canary: [1, 99],
  'by-cpu': undefined,
  'incoming-cpu': [0, 65535],
  detach: undefined,
} satisfies Record<string, [number, number] | undefined>

const { port, worker, words } = readOptions(
  { port: wholeNumber(8080, 1, 65535), worker: wholeNumber(undefined, 1, 4_194_304) },
  true,
)
const { mode, value } = readMode()
try {
  steer()
} catch (error) {
  stop(error)
}

function steer(): void {
  const listeners = findListeners(port)
  // A program belongs to the group: to attach it, one member is as good as another.
  const member = worker ? listeners.find(({ pid }) => pid === worker) : listeners[0]
  if (!member) throw new Error(`process ${worker} does not listen on port ${port}`)
  const told = tell(borrow(member), listeners.length)
  console.log(`port ${port}: ${amount(listeners.length, 'listener')}, ${told}`)
}

function tell(listener: number, count: number): string {
  if (mode === 'detach') {
    detach(listener)
    return 'no program'
  }
  if (mode === 'incoming-cpu') {
    setIncomingCpu(listener, value)
    return `one of them for CPU ${value}`
  }
  if (mode === 'canary' && count < 2) throw new Error('a canary needs a second listener')
  const programs = { to, 'by-source-port': bySourcePort, canary, 'by-cpu': byCpu }
  const program = programs[mode](value, count)
  attach(listener, program)
  return `a program of ${amount(program.length, 'instruction')}`
}

function amount(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`
}

function readMode() {
  const [mode = '', text = '', ...more] = words
  if (!isMode(mode) || more.length > 0)
    stop(new Error(`tell it one of ${Object.keys(MODES).join(', ')}, not '${words.join(' ')}'`), 2)
  const range: [number, number] | undefined = MODES[mode]
  if (!range && text) stop(new Error(`${mode} takes no number, not '${text}'`), 2)
  if (!range) return { mode, value: 0 }
  const { takes, parse } = wholeNumber(0, ...range)
  const value = parse(text)
  if (value === undefined) stop(new Error(`${mode} takes ${takes}, not '${text}'`), 2)
  return { mode, value }
}

function isMode(text: string): text is keyof typeof MODES {
  return Object.hasOwn(MODES, text)
}
