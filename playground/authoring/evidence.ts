import { type Expectation, expectationsOf, literalText, type Transcript } from '../format/transcript.ts'

/** The numbers that a part of a page shows, in what is run and checked there. */
export interface Evidence {
  numbers: Set<number>
  /** Of placeholders, both ends included. */
  ranges: { low: number; high: number }[]
  /** IPv4 addresses, as written. */
  addresses: Set<string>
}

export const ADDRESS = /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\d)/g
/** Not part of a word: in `p99`, `IPv4`, `UTF-8` and `server-1` a digit counts nothing. A comma or `_` may set off thousands. */
export const NUMBER = /(?<![\p{L}\d_.]|\p{L}-)\d+(?:[,_]\d{3}(?!\d))*(?:\.\d+)?/gu

/** @param texts of commands, scripts or prose that count as shown there */
export function readEvidence(transcripts: Transcript[], texts: string[]): Evidence {
  const evidence: Evidence = { numbers: new Set(), ranges: [], addresses: new Set() }
  for (const text of [...texts, ...transcripts.map(literalText)]) {
    for (const [address] of text.matchAll(ADDRESS)) evidence.addresses.add(address)
    for (const [number] of text.replace(ADDRESS, ' ').matchAll(NUMBER)) evidence.numbers.add(toNumber(number))
  }
  for (const expectation of transcripts.flatMap(expectationsOf)) addExpectation(evidence, expectation)
  for (const { commands, running } of transcripts) {
    // Where no status is written, the run asserts 0.
    const ended = running ? commands.slice(0, -1) : commands
    if (ended.some(({ expectation }) => expectation.status === undefined)) evidence.numbers.add(0)
  }
  return evidence
}

export function joinEvidence(all: Evidence[]): Evidence {
  return {
    numbers: new Set(all.flatMap(({ numbers }) => [...numbers])),
    ranges: all.flatMap(({ ranges }) => ranges),
    addresses: new Set(all.flatMap(({ addresses }) => [...addresses])),
  }
}

/** A range whose high end is more than so many times its low one says nothing of the numbers between them. */
const WIDE = 3

/** Whether the number is shown there, ends a range, or is a whole number within one that is narrow enough. */
export function backs({ numbers, ranges }: Evidence, number: number): boolean {
  if (numbers.has(number)) return true
  return ranges.some(({ low, high }) => {
    if (number === low || number === high) return true
    return Number.isInteger(number) && low < number && number < high && high <= low * WIDE
  })
}

/** `1,000`, `1 000`, `1_000` and `1000` are the same. */
export function toNumber(text: string): number {
  return Number(text.replace(/[,_\s]/g, ''))
}

function addExpectation(evidence: Evidence, { patterns, status }: Expectation): void {
  if (status !== undefined) evidence.numbers.add(status)
  for (const pattern of patterns) {
    if (pattern.rest) continue
    for (const part of pattern.parts)
      if (typeof part !== 'string' && part.range) evidence.ranges.push(part.range)
  }
}
