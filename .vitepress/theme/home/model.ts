/**
 * A model of how the kernel chooses among the listeners of a reuseport group, small enough to watch: a hash of the
 * connection's four-tuple, scaled to the number of listeners. The kernel does the same with a hash function and a
 * secret of its own, so which listener it takes cannot be read off here; that it is no rotation can.
 */

/** One connection, and what became of it. */
export interface Arrival {
  /** The client's port: the only one of the four numbers that differs here. */
  port: number
  /** 32 bits. */
  hash: number
  /** Index of the listener. */
  listener: number
}

export interface Model {
  /** Connections that each listener has got. */
  counts: number[]
  total: number
  last?: Arrival
  /** The next connection, from a client's port that the kernel might have given it. */
  connect(): Arrival
}

/** The ports that Linux gives to clients unless told otherwise: `net.ipv4.ip_local_port_range`. */
const CLIENT_PORTS = { low: 32768, high: 60999 }
const LOOPBACK = 0x7f000001
const SERVER_PORT = 8080

/** @param random like `Math.random`; makes the secret as well as the ports */
export function createModel(listeners: number, random: () => number): Model {
  const secret = Math.floor(random() * 2 ** 32)
  const model: Model = {
    counts: Array.from({ length: listeners }, () => 0),
    total: 0,
    connect() {
      const port = CLIENT_PORTS.low + Math.floor(random() * (CLIENT_PORTS.high - CLIENT_PORTS.low + 1))
      const hash = hashFourTuple([LOOPBACK, port, LOOPBACK, SERVER_PORT], secret)
      const arrival = { port, hash, listener: scale(hash, listeners) }
      model.counts[arrival.listener]! += 1
      model.total += 1
      model.last = arrival
      return arrival
    },
  }
  return model
}

/** 32 bits from the two addresses and the two ports. Each bit of them changes about half of the result's. */
export function hashFourTuple(words: readonly number[], secret: number): number {
  let hash = secret | 0
  for (const word of words) {
    hash = Math.imul(hash ^ word, 0x9e3779b1)
    hash ^= hash >>> 15
    hash = Math.imul(hash, 0x85ebca6b)
    hash ^= hash >>> 13
  }
  hash = Math.imul(hash, 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** From 32 bits to an index below `count`, by multiplication: exact, and without the bias of a remainder. */
export function scale(hash: number, count: number): number {
  return Math.floor((hash * count) / 2 ** 32)
}

/** Numbers below 1 that are the same in every run: what is rendered ahead must equal what the page renders first. */
export function seeded(seed: number): () => number {
  let count = seed
  return () => hashFourTuple([count++], seed) / 2 ** 32
}
