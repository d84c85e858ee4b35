/** What the tables in `/proc/net` say. Pure: bytes or text in, numbers out. */

export type Table = 'tcp' | 'tcp6' | 'udp' | 'udp6'

/** One line of a table. */
export interface Socket {
  family: 4 | 6
  /** Of the local end; undefined for a TCP connection, where nobody asks. */
  address: string | undefined
  port: number
  remotePort: number
  state: number
  /** Receive queue: connections of a listener, bytes of others. */
  queue: number
  uid: number
  /** 0: no process has it. */
  inode: number
  /** Datagrams dropped; 0 for TCP. */
  drops: number
}

export const LISTEN = 0x0a
const TIME_WAIT = 0x06
/** Index is the kernel's number for it. Words as `ss` prints them. */
const STATES = [
  '',
  'ESTAB',
  'SYN-SENT',
  'SYN-RECV',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'TIME-WAIT',
  'UNCONN',
  'CLOSE-WAIT',
  'LAST-ACK',
  'LISTEN',
  'CLOSING',
  'SYN-RECV',
]

export function stateName(state: number): string {
  return STATES[state] ?? `UNKNOWN-${state}`
}

/** @param table as the kernel prints it, with its heading */
export function parseSockets(table: Uint8Array, name: Table): Socket[] {
  const sockets: Socket[] = []
  const family = name.endsWith('6') ? 6 : 4
  const udp = name.startsWith('udp')
  const digits = family === 4 ? 8 : 32
  for (let start = lineAfter(table, 0); start < table.length; start = lineAfter(table, start)) {
    // `  12: LOCAL:PORT REMOTE:PORT ST TXQUEUE_:RXQUEUE_ TR:WHEN… RETRNSMT UID TIMEOUT INODE …`
    const local = table.indexOf(COLON, start) + 2
    const port = local + digits + 1
    const remotePort = port + 5 + digits + 1
    const state = hex(table, remotePort + 5, 2)
    const rest = numbersAfter(table, remotePort + 8 + 18, udp ? 8 : 5)
    sockets.push({
      family,
      address: udp || state === LISTEN ? address(table, local, family) : undefined,
      port: hex(table, port, 4),
      remotePort: hex(table, remotePort, 4),
      state,
      queue: hex(table, remotePort + 8 + 9, 8),
      uid: rest[2] ?? 0,
      // What waits for its time to pass belongs to no process, whatever an old kernel prints here.
      inode: state === TIME_WAIT ? 0 : (rest[4] ?? 0),
      drops: rest[7] ?? 0,
    })
  }
  return sockets
}

/**
 * One group of `snmp` or `netstat`: a line of names, and below it a line of values.
 * @returns a function from a name to its value, 0 where this kernel does not count it
 */
export function parseCounters(text: string, group: string): (name: string) => number {
  const [names, values] = text
    .split('\n')
    .filter(line => line.startsWith(`${group}: `))
    .map(line => line.split(' '))
  return name => Number(values?.[names?.indexOf(name) ?? -1] ?? 0)
}

/** How many sockets of a kind `sockstat` or `sockstat6` counts, e.g. of `TCP6`. Those in TIME-WAIT are not among them. */
export function parseInUse(text: string, kind: string): number {
  return Number(new RegExp(`^${kind}: inuse (\\d+)`, 'm').exec(text)?.[1] ?? 0)
}

export interface IdRange {
  inside: number
  outside: number
  count: number
}

/** @param text as `/proc/PID/uid_map` has it */
export function parseIdMap(text: string): IdRange[] {
  return [...text.matchAll(/(\d+) +(\d+) +(\d+)/g)].map(([, inside, outside, count]) => ({
    inside: Number(inside),
    outside: Number(outside),
    count: Number(count),
  }))
}

const COLON = 0x3a
const SPACE = 0x20
const NEWLINE = 0x0a

function lineAfter(bytes: Uint8Array, at: number): number {
  const end = bytes.indexOf(NEWLINE, at)
  return end === -1 ? bytes.length : end + 1
}

function hex(bytes: Uint8Array, at: number, digits: number): number {
  let value = 0
  for (let i = at; i < at + digits; i++) {
    const code = bytes[i]!
    value = value * 16 + (code <= 0x39 ? code - 0x30 : code - 0x37)
  }
  return value
}

/**
 * The first words of `TR:WHEN RETRNSMT UID TIMEOUT INODE REF POINTER DROPS`, read as decimal numbers: good for those
 * that are. What stands behind INODE means something else for TCP.
 */
function numbersAfter(bytes: Uint8Array, at: number, count: number): number[] {
  const words: number[] = []
  for (let i = at; bytes[i] !== NEWLINE && i < bytes.length && words.length < count; ) {
    while (bytes[i] === SPACE) i++
    let value = 0
    for (; bytes[i]! > SPACE; i++) value = value * 10 + bytes[i]! - 0x30
    words.push(value)
  }
  return words
}

/** The kernel prints an address as words of 32 bits, the bytes of each turned round on a little-endian machine. */
function address(bytes: Uint8Array, at: number, family: 4 | 6): string {
  const octets = Array.from({ length: family === 4 ? 4 : 16 }, (_, i) => hex(bytes, at + wordOrder(i) * 2, 2))
  return family === 4 ? octets.join('.') : formatIPv6(octets)
}

const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1

function wordOrder(index: number): number {
  return LITTLE_ENDIAN ? index - (index % 4) + (3 - (index % 4)) : index
}

/** As inet_ntop(3) writes it: the longest run of zero groups, of two or more, is `::`; IPv4 within is in dots. */
function formatIPv6(octets: number[]): string {
  const groups = Array.from({ length: 8 }, (_, i) => (octets[i * 2]! << 8) | octets[i * 2 + 1]!)
  let best = { from: 0, length: 1 }
  for (let from = 0; from < 8; from++) {
    let length = 0
    while (groups[from + length] === 0) length++
    if (length > best.length) best = { from, length }
  }
  const text = groups.map(group => group.toString(16))
  const dotted = octets.slice(12).join('.')
  if (best.from === 0 && best.length === 6) return `::${dotted}`
  if (best.from === 0 && best.length === 5 && groups[5] === 0xffff) return `::ffff:${dotted}`
  if (best.length < 2) return text.join(':')
  return `${text.slice(0, best.from).join(':')}::${text.slice(best.from + best.length).join(':')}`
}
