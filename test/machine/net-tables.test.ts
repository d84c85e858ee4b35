import net from 'node:net'
import os from 'node:os'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseBacklogs } from '../../playground/machine/backlogs.ts'
import {
  LISTEN,
  parseCounters,
  parseIdMap,
  parseInUse,
  parseSockets,
  stateName,
  type Table,
} from '../../playground/machine/net-tables.ts'

const parse = (text: string, table: Table) => parseSockets(Buffer.from(text), table)

const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:0000006B 00:00000000 00000000 65432        0 8876940 4 000000008841719a 100 0 0 10 0
   1: 0100007F:EB98 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 8876944 2 00000000f91449a7 20 0 0 10 -1
   2: 0100007F:1F90 0100007F:EBAC 01 00000000:00000007 00:00000000 00000000     0        0 0 1 0000000056702e4f 20 0 0 10 -1
   3: 0100007F:1F90 0100007F:EBAE 06 00000000:00000000 03:00001770 00000000     0        0 0 3 000000007c6bc282
12345: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4294967295 1 000000008841719b 100 0 0 10 0
`
const TCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:1F91 00000000000000000000000000000000:0000 0A 00000000:00000001 00:00000000 00000000 65432        0 8876941 2 0000000096ae2132 100 0 0 10 0
   1: 0000000000000000FFFF00000100007F:1F91 0000000000000000FFFF00000100007F:C396 01 00000000:00000000 00:00000000 00000000 65432        0 0 1 00000000d97b54a5 20 0 0 10 -1
`
const UDP = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 3056: 0100007F:2328 00000000:0000 07 00000000:00000340 00:00000000 00000000 65432        0 8876942 2 0000000027b856b0 12
16165: 0100007F:965D 0100007F:2328 01 00000000:00000000 00:00000000 00000000     0        0 8876943 2 000000008b61e98e 0
`
/** The kernel prints words of 32 bits, as the machine holds them. */
function inWords(octets: number[]): number[] {
  const words = Array.from({ length: octets.length / 4 }, (_, i) => octets.slice(i * 4, i * 4 + 4))
  return words.flatMap(four => (os.endianness() === 'LE' ? four.toReversed() : four))
}

/** Literal tables hold addresses as a little-endian machine prints them. */
const littleEndian = test.skipIf(os.endianness() === 'BE')

littleEndian('tcp: listeners with queue, uid and inode; connections with the port of each end', () => {
  const rest = { family: 4, drops: 0 }
  const end = { address: undefined, uid: 0, state: 1 }
  expect(parse(TCP, 'tcp')).toEqual([
    {
      ...rest,
      address: '127.0.0.1',
      port: 8080,
      remotePort: 0,
      state: 10,
      queue: 107,
      uid: 65432,
      inode: 8876940,
    },
    { ...rest, ...end, port: 60312, remotePort: 8080, queue: 0, inode: 8876944 },
    { ...rest, ...end, port: 8080, remotePort: 60332, queue: 7, inode: 0 },
    { ...rest, ...end, port: 8080, remotePort: 60334, queue: 0, inode: 0, state: 6 },
    {
      ...rest,
      address: '127.0.0.1',
      port: 8081,
      remotePort: 0,
      state: 10,
      queue: 0,
      uid: 1000,
      inode: 4294967295,
    },
  ])
})

littleEndian('tcp6 and udp: longer addresses; drops, and the address of a connected socket too', () => {
  expect(parse(TCP6, 'tcp6')).toMatchObject([
    { family: 6, address: '::', port: 8081, state: 10, queue: 1, uid: 65432, inode: 8876941 },
    { family: 6, address: undefined, port: 8081, remotePort: 50070, state: 1, inode: 0 },
  ])
  expect(parse(UDP, 'udp')).toMatchObject([
    { family: 4, address: '127.0.0.1', port: 9000, queue: 832, uid: 65432, inode: 8876942, drops: 12 },
    { family: 4, address: '127.0.0.1', port: 38493, remotePort: 9000, queue: 0, inode: 8876943, drops: 0 },
  ])
})

test('a table that is empty, or ends within a line, is no error', () => {
  expect(parse(TCP.slice(0, TCP.indexOf('\n') + 1), 'tcp')).toEqual([])
  expect(parse('', 'tcp')).toEqual([])
  expect(parse(TCP.trimEnd(), 'tcp')).toHaveLength(5)
})

const octets = (count: number) =>
  fc.array(fc.integer({ min: 0, max: 255 }), { minLength: count, maxLength: count })
const port = fc.integer({ min: 0, max: 65_535 })
const anySocket = (count: number) =>
  fc.record({
    local: octets(count),
    remote: octets(count),
    port,
    remotePort: port,
    state: fc.integer({ min: 1, max: 12 }),
    queue: fc.nat({ max: 0xffff_ffff }),
    uid: fc.nat({ max: 0xffff_ffff }),
    inode: fc.nat({ max: 0xffff_ffff }),
    drops: fc.nat({ max: 0x7fff_ffff }),
  })

test.each([4, 16])('what the kernel prints of any socket is read back, address of %i bytes', count => {
  const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0')
  const address = (all: number[]) =>
    inWords(all)
      .map(octet => hex(octet, 2))
      .join('')
  fc.assert(
    fc.property(fc.array(anySocket(count), { maxLength: 4 }), fc.boolean(), (sockets, udp) => {
      const lines = sockets.map((socket, index) => {
        const { local, remote, port, remotePort, state, queue, uid, inode, drops } = socket
        const ends = `${address(local)}:${hex(port, 4)} ${address(remote)}:${hex(remotePort, 4)}`
        const times = `${hex(state, 2)} 00000000:${hex(queue, 8)} 00:00000000 00000000`
        const slot = `${index}`.padStart(udp ? 5 : 4)
        return `${slot}: ${ends} ${times} ${`${uid}`.padStart(5)} ${'0'.padStart(8)} ${inode} 2 00000000f91449a7 ${drops}`
      })
      const table = `${udp ? 'udp' : 'tcp'}${count === 16 ? '6' : ''}` as Table
      const found = parse(['heading', ...lines, ''].join('\n'), table)
      expect(found).toEqual(
        sockets.map(({ local, remote: _, inode, drops, ...same }) => {
          const shown = udp || same.state === LISTEN
          const long = Array.from({ length: 8 }, (_, i) => hex(local[i * 2]! * 256 + local[i * 2 + 1]!, 4))
          const ip = count === 4 ? local.join('.') : long.join(':')
          const options = { address: ip, family: `ipv${count === 4 ? 4 : 6}` } as const
          return {
            ...same,
            family: count === 4 ? 4 : 6,
            address: shown ? new net.SocketAddress(options).address : undefined,
            // TIME-WAIT
            inode: same.state === 6 ? 0 : inode,
            drops: udp ? drops : 0,
          }
        }),
      )
    }),
    { numRuns: 300 },
  )
})

test('no bytes make it throw, or go round for ever', () => {
  const bytes = fc.uint8Array({ maxLength: 400 })
  const torn = fc.nat({ max: TCP.length }).map(at => Buffer.from(TCP.slice(0, at)))
  fc.assert(
    fc.property(
      fc.oneof(bytes, torn),
      fc.constantFrom<Table>('tcp', 'tcp6', 'udp', 'udp6'),
      (table, name) => {
        expect(parseSockets(table, name).length).toBeLessThanOrEqual(table.length)
      },
    ),
  )
})

test('an IPv6 address reads as the system writes it, whatever its bytes', () => {
  const word = fc.constantFrom(0, 0, 0, 1, 0xff, 0xffff, 0x2001, 0xfe80)
  fc.assert(
    fc.property(fc.array(word, { minLength: 8, maxLength: 8 }), groups => {
      const octets = groups.flatMap(group => [group >> 8, group & 0xff])
      const text = inWords(octets)
        .map(octet => octet.toString(16).padStart(2, '0').toUpperCase())
        .join('')
      const line = `   0: ${text}:1F90 ${'0'.repeat(32)}:0000 0A 00000000:00000000 00:00000000 00000000     0        0 7 1 0`
      const [socket] = parse(`heading\n${line}\n`, 'tcp6')
      const long = groups.map(group => group.toString(16)).join(':')
      expect(socket!.address).toBe(new net.SocketAddress({ address: long, family: 'ipv6' }).address)
    }),
    { numRuns: 500 },
  )
})

test('counters are found by name, whatever order and number a kernel has', () => {
  const text = 'Tcp: A OutRsts B\nTcp: 1 23 4\nUdp: OutRsts\nUdp: 9\nTcpExt: X\nTcpExt: 5\n'
  const tcp = parseCounters(text, 'Tcp')
  expect([tcp('OutRsts'), tcp('B'), tcp('None')]).toEqual([23, 4, 0])
  expect(parseCounters(text, 'TcpExt')('X')).toBe(5)
  expect(parseCounters('', 'Tcp')('A')).toBe(0)
})

test('what the small files and lists say', () => {
  expect(parseInUse('TCP6: inuse 12\nUDP6: inuse 3\n', 'TCP6')).toBe(12)
  expect(parseInUse('', 'TCP6')).toBe(0)
  expect(parseIdMap('         0      65432          1\n')).toEqual([{ inside: 0, outside: 65432, count: 1 }])
  expect(['ESTAB', 'LISTEN', 'TIME-WAIT', 'UNKNOWN-14']).toEqual([1, 10, 6, 14].map(stateName))
})

test('backlogs come from the lines of ss, by inode', () => {
  const listing = `LISTEN 3      8      127.0.0.1:8080 0.0.0.0:* ino:8876940 sk:2e0d cgroup:unreachable:1 <->
LISTEN 0      511            *:8081       *:*    uid:1000 ino:8876941 sk:2e0e v6only:0 <->
ESTAB  0      0      127.0.0.1:8080 127.0.0.1:1 ino:5 sk:2e0f
`
  expect(parseBacklogs(listing)).toEqual(
    new Map([
      [8876940, 8],
      [8876941, 511],
    ]),
  )
  expect(parseBacklogs('')).toEqual(new Map())
})
