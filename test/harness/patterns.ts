import fc from 'fast-check'
import { expect } from 'vitest'
import { type MatchOptions, matchOutput } from '../../playground/format/match.ts'
import {
  type Bindings,
  type Pattern,
  type PlaceholderType,
  parsePattern,
} from '../../playground/format/placeholder.ts'

/** For text that must hold no mistake. */
export function noReport(mistake: { what: string }): never {
  return expect.unreachable(mistake.what)
}

export function patternsOf(sources: string[], firstLine = 10): Pattern[] {
  return sources.map((source, index) => parsePattern(source, firstLine + index, noReport))
}

export function match(
  sources: string[],
  actual: string[],
  options: Partial<MatchOptions> = {},
  bound: Bindings = {},
) {
  return matchOutput(patternsOf(sources), actual, bound, { order: 'given', ended: true, ...options })
}

const digits = (min: number, max: number) => fc.integer({ min, max }).map(String)

const values: Record<PlaceholderType, fc.Arbitrary<string>> = {
  pid: digits(1, 999_999_999),
  int: digits(-(2 ** 31), 2 ** 31),
  port: digits(1, 65535),
  ms: fc.tuple(digits(0, 99_999), digits(0, 999)).map(parts => parts.join('.')),
  float: fc.double({ noNaN: true, min: -1e9, max: 1e9 }).map(String),
  time: fc
    .date({ noInvalidDate: true, min: new Date(0), max: new Date('2999-01-01') })
    .map(date => date.toISOString()),
  ip: fc.oneof(fc.ipV4(), fc.ipV6()),
  path: fc
    .string({ unit: fc.constantFrom('a', 'B', '-', '.', '/', '7'), maxLength: 12 })
    .map(text => `/${text}`),
  hex: fc.stringMatching(/^(?:0x)?[\da-fA-F]{1,12}$/),
  word: fc.string({ unit: fc.constantFrom('a', '<', '\\', ':', 'ä', '€', '9'), minLength: 1, maxLength: 12 }),
}

/** A placeholder's type with a value that it stands for. */
export const examples = fc
  .constantFrom(...(Object.keys(values) as PlaceholderType[]))
  .chain(type => values[type].map(value => ({ type, value })))

/** A line as a program might print it: printable, and hard on the format's own characters. */
export const outputLine = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'ab01 <>[]$^C.\\:_-') }),
  fc.string({ unit: 'grapheme' }).map(text => text.replace(/[\p{C}\u2028\u2029]/gu, '')),
)
