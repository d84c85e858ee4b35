import { expect, test } from 'vitest'
import { endpoint, groupsOf } from '../../.vitepress/theme/machine/groups.ts'
import type { Listener } from '../../playground/protocol.ts'

const listener = (address: string, port: number, inode: number): Listener => ({
  family: address.includes(':') ? 6 : 4,
  address,
  port,
  uid: 0,
  inode,
  queue: 0,
  owners: [],
})

test('listeners of one address and port are a group; others are alone', () => {
  const listeners = [
    listener('127.0.0.1', 8080, 12),
    listener('0.0.0.0', 8080, 7),
    listener('::', 8080, 9),
    listener('127.0.0.1', 8080, 11),
    listener('127.0.0.1', 80, 3),
  ]
  const groups = groupsOf({ listeners }).map(({ address, port, listeners }) => [
    `${address} ${port}`,
    listeners.map(({ inode }) => inode),
  ])
  expect(groups).toEqual([
    ['127.0.0.1 80', [3]],
    ['0.0.0.0 8080', [7]],
    ['127.0.0.1 8080', [11, 12]],
    [':: 8080', [9]],
  ])
  expect(groupsOf({ listeners: [] })).toEqual([])
})

test('an endpoint is written as ss writes it', () => {
  expect(['127.0.0.1', '::1'].map(address => endpoint({ address, port: 8080 }))).toEqual([
    '127.0.0.1:8080',
    '[::1]:8080',
  ])
})
