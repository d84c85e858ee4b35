/** Two sockets that share a port, and clients for them. */
import { addressOf, call } from './calls.ts'

export type Kind = 'tcp' | 'udp'

export const CLIENTS = 32

// From <bits/socket.h>, <asm/socket.h>, <linux/filter.h> and <poll.h>; Node has no names for them.
const AF_INET = 2
const TYPES = { tcp: 1, udp: 2 }
const SOL_SOCKET = 1
const SO_REUSEPORT = 15
const SO_INCOMING_CPU = 49
const SO_ATTACH_REUSEPORT_CBPF = 51
const SO_DETACH_REUSEPORT_BPF = 68
const RETURN = 0x06
const POLLIN = 1
const WAIT_MS = 2000

/** Its sockets are file descriptors; `using` closes them. */
export class Pair {
  readonly first: number
  readonly second: number
  readonly #kind: Kind
  readonly #address: Buffer
  readonly #open = new Set<number>()

  constructor(kind: Kind) {
    this.#kind = kind
    try {
      this.first = this.#bind(0)
      this.#address = addressIn(this.first)
      this.second = this.#bind(this.#address.readUInt16BE(2))
    } catch (error) {
      this[Symbol.dispose]()
      throw error
    }
  }

  /** Connects, or sends a datagram. */
  client(): void {
    const client = this.#socket()
    call('int connect(int fd, const uint8_t *address, uint size)', client, this.#address, 16)
    if (this.#kind === 'udp')
      call('long send(int fd, const uint8_t *bytes, size_t size, int flags)', client, Buffer.from('?'), 1, 0)
  }

  /** How many clients each of the two gets. */
  count(): number[] {
    for (let i = 0; i < CLIENTS; i++) this.client()
    const counts = new Map([this.first, this.second].map(fd => [fd, 0]))
    for (let i = 0; i < CLIENTS; i++) {
      const ready = this.wait(...counts.keys())
      if (ready === undefined) throw Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })
      this.#take(ready)
      counts.set(ready, counts.get(ready)! + 1)
    }
    return [...counts.values()]
  }

  /** One of these that has something to take; after 2 s none. */
  wait(...among: number[]): number | undefined {
    // Eight bytes for each: the descriptor, what we wait for, what has come.
    const polled = Buffer.alloc(8 * among.length)
    for (const [index, fd] of among.entries()) {
      polled.writeInt32LE(fd, 8 * index)
      polled.writeInt16LE(POLLIN, 8 * index + 4)
    }
    call('int poll(_Inout_ uint8_t *fds, unsigned long count, int ms)', polled, among.length, WAIT_MS)
    return among.find((_, index) => polled.readInt16LE(8 * index + 6) !== 0)
  }

  /** Closes one of them before the others. */
  close(fd: number): void {
    this.#open.delete(fd)
    call('int close(int fd)', fd)
  }

  [Symbol.dispose](): void {
    for (const fd of this.#open) this.close(fd)
  }

  #socket(): number {
    const fd = call('int socket(int family, int type, int protocol)', AF_INET, TYPES[this.#kind], 0)
    this.#open.add(fd)
    return fd
  }

  #bind(port: number): number {
    const fd = this.#socket()
    setOption(fd, SO_REUSEPORT, number(1))
    const address = Buffer.from([AF_INET, 0, port >> 8, port & 0xff, 127, 0, 0, 1, ...Array(8).fill(0)])
    call('int bind(int fd, const uint8_t *address, uint size)', fd, address, address.length)
    if (this.#kind === 'tcp') call('int listen(int fd, int backlog)', fd, CLIENTS)
    return fd
  }

  #take(fd: number): void {
    if (this.#kind === 'tcp')
      this.#open.add(call('int accept(int fd, void *address, void *size)', fd, null, null))
    else call('long recv(int fd, uint8_t *bytes, size_t size, int flags)', fd, Buffer.alloc(1), 1, 0)
  }
}

// #region attach
/** Gives the group of a socket a program of one instruction: return this place. */
export function attach(member: number, place: number): void {
  const program = Buffer.alloc(8)
  program.writeUInt16LE(RETURN, 0)
  program.writeUInt32LE(place, 4)
  const value = Buffer.alloc(16)
  value.writeUInt16LE(1, 0) // One instruction.
  value.writeBigUInt64LE(addressOf(program), 8)
  setOption(member, SO_ATTACH_REUSEPORT_CBPF, value)
}
// #endregion attach

export function detach(member: number): void {
  setOption(member, SO_DETACH_REUSEPORT_BPF, number(0))
}

export function setIncomingCpu(listener: number, cpu: number): void {
  setOption(listener, SO_INCOMING_CPU, number(cpu))
}

function setOption(fd: number, option: number, value: Buffer): void {
  const SET = 'int setsockopt(int fd, int level, int option, const uint8_t *value, uint size)'
  call(SET, fd, SOL_SOCKET, option, value, value.length)
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}

function addressIn(fd: number): Buffer {
  const address = Buffer.alloc(16)
  const NAME = 'int getsockname(int fd, _Out_ uint8_t *address, _Inout_ uint32_t *size)'
  call(NAME, fd, address, [address.length])
  return address
}
