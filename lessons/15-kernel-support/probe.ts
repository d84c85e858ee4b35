/** Tries what this kernel can do with a shared port, by doing it. With names: status 1 if it lacks one of them. */
import { existsSync, readFileSync } from 'node:fs'
import { onOneCpu } from './calls.ts'
import { load } from './ebpf.ts'
import { readOptions, stop } from './options.ts'
import { attach, CLIENTS, detach, type Kind, Pair, setIncomingCpu } from './pair.ts'

const MIGRATE = '/proc/sys/net/ipv4/tcp_migrate_req'

type Feature = [since: string, what: string, probe: () => boolean | 'off']

const FEATURES: Record<string, Feature> = {
  tcp: ['3.9', 'share a port', () => shares('tcp')],
  udp: ['3.9', 'share a port', () => shares('udp')],
  'udp-bpf': ['4.5', 'program chooses', () => obeysProgram('udp')],
  'tcp-bpf': ['4.6', 'program chooses', () => obeysProgram('tcp')],
  'sk-reuseport': ['4.19', 'eBPF chooses', () => loads('sk-reuseport')],
  detach: ['5.3', 'program removed', forgetsProgram],
  'sk-lookup': ['5.9', 'eBPF looks up', () => loads('sk-lookup')],
  migrate: ['5.14', 'queue moves', migrates],
  'incoming-cpu': ['6.2', 'CPU chooses', heedsCpu],
}

// #region group
function shares(kind: Kind): boolean {
  using pair = new Pair(kind)
  return pair.count().every(clients => clients > 0)
}
// #endregion group

// #region program
function obeysProgram(kind: Kind): boolean {
  using pair = new Pair(kind)
  attach(pair.first, 1) // "To place 1", the second.
  return `${pair.count()}` === `0,${CLIENTS}`
}
// #endregion program

function forgetsProgram(): boolean {
  using pair = new Pair('tcp')
  attach(pair.first, 1)
  detach(pair.first)
  return pair.count().every(clients => clients > 0)
}

// #region cpu
function heedsCpu(): boolean {
  return onOneCpu(cpu => {
    using pair = new Pair('tcp')
    setIncomingCpu(pair.first, cpu)
    return `${pair.count()}` === `${CLIENTS},0`
  })
}
// #endregion cpu

// #region migrate
function migrates(): boolean | 'off' {
  const setting = readSetting(MIGRATE)
  if (setting === undefined) return false
  if (setting === '0') return 'off'
  using pair = new Pair('tcp')
  pair.client()
  const holder = pair.wait(pair.first, pair.second)
  if (holder === undefined) return false
  pair.close(holder)
  const heir = holder === pair.first ? pair.second : pair.first
  return pair.wait(heir) === heir
}
// #endregion migrate

function loads(type: string): boolean {
  load(type)
  return true
}

const names = readOptions({}, true).words
const unknown = names.find(name => !Object.hasOwn(FEATURES, name))
if (unknown !== undefined)
  stop(new Error(`there is no feature '${unknown}'; there are ${Object.keys(FEATURES).join(', ')}`), 2)
console.log('here   since  what')
const answers = (names.length > 0 ? names : Object.keys(FEATURES)).map(report)
if (names.length > 0 && answers.some(answer => answer !== 'yes')) process.exitCode = 1

function report(name: string): string {
  const [since, what, probe] = FEATURES[name]!
  const [answer, reason] = ask(probe)
  console.log(`${answer.padEnd(6)} ${since.padEnd(6)} ${name.padEnd(13)} ${what}${reason}`)
  return answer
}

// #region ask
function ask(probe: () => boolean | 'off'): [answer: string, reason: string] {
  try {
    const answer = probe()
    return [answer === true ? 'yes' : answer || 'no', '']
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    if (code === 'ENETUNREACH')
      stop(new Error('127.0.0.1 cannot be reached; turn the loopback on: ip link set lo up'))
    return code === 'EPERM' ? [code, ''] : ['no', ` (${code})`]
  }
}
// #endregion ask

function readSetting(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined
}
