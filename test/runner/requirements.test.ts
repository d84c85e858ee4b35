import { readFile } from 'node:fs/promises'
import os from 'node:os'
import { describe, expect, test } from 'vitest'
import { parseRequirement } from '../../playground/format/requirement.ts'
import { lackOf } from '../../playground/runner/requirements.ts'
import { installCommand } from '../../playground/sandbox/debian-packages.ts'
import { setSlowness } from '../../playground/sandbox/patience.ts'

describe('a word of requires=', () => {
  test.each([
    ['strace', { kind: 'program', program: 'strace' }],
    ['g++', { kind: 'program', program: 'g++' }],
    ['systemd-analyze@250', { kind: 'program', program: 'systemd-analyze', from: [250, 0] }],
    ['ss@6.1', { kind: 'program', program: 'ss', from: [6, 1] }],
    ['x@2..2.1', { kind: 'program', program: 'x', from: [2, 0], to: [2, 1] }],
    ['gunicorn@20..23', { kind: 'program', program: 'gunicorn', from: [20, 0], to: [23, Infinity] }],
    ['linux-5.14', { kind: 'linux', version: [5, 14] }],
    ['cpus-2', { kind: 'cpus', count: 2 }],
    ['init-systemd', { kind: 'init', name: 'systemd' }],
    ['root', { kind: 'root' }],
    ['sandbox', { kind: 'sandbox' }],
    ['full-speed', { kind: 'full-speed' }],
    ['sysctl-net.ipv4.tcp_migrate_req', { kind: 'sysctl', name: 'net.ipv4.tcp_migrate_req' }],
  ])('%s', (word, requirement) => expect(parseRequirement(word)).toEqual(requirement))

  test.each(['', 'a b', '../x', 'linux-5', 'linux-5.14.2', 'linux-new', 'cpus-0', 'cpus-many', 'init-runit'])(
    'not %j',
    word => expect(parseRequirement(word)).toBeUndefined(),
  )
  test.each(['ss@', '@6.1', 'ss@new', 'ss@6.1.0', 'ss@6@1', 'ss@..6', 'ss@6..', 'ss@6..7..8'])(
    'not %j',
    word => expect(parseRequirement(word)).toBeUndefined(),
  )
  test.each(['sysctl-', 'sysctl-net', 'sysctl-net/..', 'sysctl-..net.x'])('not %j', word =>
    expect(parseRequirement(word)).toBeUndefined(),
  )
})

const lack = (...requires: string[]) => lackOf({ requires })

test('what this machine has is no lack', async () => {
  const [major, minor] = os.release().split('.')
  expect(await lack('node', 'sh', `linux-${major}.${minor}`, 'linux-2.6', 'cpus-1')).toBeUndefined()
  const settings = await readFile('/proc/sys/net/ipv4/tcp_syncookies', 'utf8').catch(() => undefined)
  expect(await lack('sysctl-net.ipv4.tcp_syncookies')).toEqual(
    settings === undefined ? expect.anything() : undefined,
  )
  expect(await lack('root')).toEqual(process.getuid!() === 0 ? undefined : expect.anything())
})

test('of a program another version is a lack that nothing brings; one that is not there is installed', async () => {
  const [major] = process.versions.node.split('.').map(Number)
  expect(await lack(`node@${major}`)).toBeUndefined()
  expect(await lack(`node@${major! + 1}`)).toEqual({
    kind: 'machine',
    reason: `needs node ${major! + 1}.0 or newer; here it is ${process.versions.node}`,
  })
  expect(await lack(`node@1..${major}`)).toBeUndefined()
  expect(await lack(`node@1..${process.versions.node.split('.').slice(0, 2).join('.')}`)).toBeUndefined()
  expect(await lack(`node@1..${major! - 1}`)).toEqual({
    kind: 'machine',
    reason: `needs node from 1.0 to ${major! - 1}; here it is ${process.versions.node}`,
  })
  expect(await lack('sh@1')).toEqual({
    kind: 'machine',
    reason: 'needs sh 1.0 or newer; here it does not say its version',
  })
  expect(await lack('no-such-one@1')).toMatchObject({ kind: 'tool' })
})

test('who is taken for slow is not at full speed', async () => {
  expect(await lack('full-speed')).toBeUndefined()
  setSlowness(10)
  try {
    const reason = 'needs a machine at full speed; this one is taken for 10 times as slow'
    expect(await lack('full-speed')).toEqual({ kind: 'machine', reason })
  } finally {
    setSlowness(1)
  }
})

test('one command installs all that is missing; what nothing brings counts first', async () => {
  const reason =
    'needs no-such-one, no-such-two; install it with: sudo apt-get install no-such-one no-such-two'
  expect(await lack('no-such-one', 'sh', 'no-such-two')).toEqual({ kind: 'tool', reason })
  const kernel = { kind: 'machine', reason: `needs Linux 99.0 or newer; this is ${os.release()}` }
  expect(await lack('no-such-one', 'linux-99.0')).toEqual(kernel)
  expect(await lack('cpus-999')).toMatchObject({
    kind: 'machine',
    reason: expect.stringMatching(/^needs 999 processors; here (is one|are \d+)$/),
  })
})

test('Debian names some programs otherwise, and each package once', () => {
  expect(installCommand(['ss', 'strace', 'nstat', 'vi'])).toBe(
    'sudo apt-get install iproute2 strace vim-tiny',
  )
})
